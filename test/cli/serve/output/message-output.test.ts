import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MessageOutput, type OutputEvents } from '../../../../src/cli/serve/output/message-output.ts';
import { OneMessage } from '../../../../src/cli/serve/output/messages.ts';
import type { Sink } from '../../../../src/cli/serve/output/sink.ts';
import { writeText } from '../../../../src/cli/serve/output/text-format.ts';
import { WriteLock } from '../../../../src/cli/serve/output/write-lock.ts';
import { errnoOf } from '../../../../src/system/errors.ts';

const MIB = 2 ** 20;
const sender = { address: ['127.0.0.1', 9001] as [string, number] };

/** A sink that takes bytes only when the test says so. */
class StuckSink implements Sink {
  readonly isInThreadPool = false;
  readonly lock = new WriteLock();
  #pending: (() => void) | undefined;

  write(_bytes: Buffer, from: number, to: number, done: (result: number) => void): void {
    this.#pending = () => {
      done(to - from);
    };
  }

  takeAll(): void {
    for (let pending; (pending = this.#pending) !== undefined;) {
      this.#pending = undefined;
      pending();
    }
  }

  cancel(): boolean {
    return false;
  }

  removeEnd(): Promise<boolean> {
    return Promise.resolve(false);
  }

  close(): void {
    // Nothing is open.
  }
}

/** A sink whose writes fail. */
class FailingSink extends StuckSink {
  readonly #code: string;

  constructor(code: string) {
    super();
    this.#code = code;
  }

  override write(_bytes: Buffer, _from: number, _to: number, done: (result: number) => void): void {
    done(errnoOf(this.#code));
  }
}

function createOutput() {
  const sink = new StuckSink();
  const overflows: boolean[] = [];
  const events: OutputEvents = {
    stopped: () => undefined,
    report: () => undefined,
    overflowing: (isOverflowing) => overflows.push(isOverflowing),
  };
  const settings = { file: undefined, output: 'text', quiet: false, onOutputError: 'stop' } as const;
  return { sink, overflows, output: new MessageOutput(sink, writeText, settings, events) };
}

describe('MessageOutput', () => {
  it('asks senders to wait from 1 MiB on, until there is room', async () => {
    const { sink, overflows, output } = createOutput();
    const message = new OneMessage(Buffer.alloc(MIB / 2, 'x'));
    assert.equal(output.write(message, sender), undefined);
    const promise = output.write(message, sender);
    assert.ok(promise !== undefined);
    assert.equal(output.write(message, sender), promise);
    sink.takeAll();
    await promise;
    assert.equal(output.write(message, sender), undefined);
    assert.deepEqual(overflows, []);
  });

  it('asks the server to read nothing from anybody from 16 MiB on, until there is room', () => {
    const { sink, overflows, output } = createOutput();
    for (let mib = 0; mib < 20; mib++) void output.write(new OneMessage(Buffer.alloc(MIB, 'x')), sender);
    assert.deepEqual([overflows, output.isOverflowing], [[true], true]);
    sink.takeAll();
    assert.deepEqual([overflows, output.isOverflowing], [[true, false], false]);
  });

  it('tries again once at a time, however often a failing file was opened again', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const settings = { file: '/dev/full', output: 'text', quiet: false, onOutputError: 'retry' } as const;
    const events: OutputEvents = { stopped: () => undefined, report: () => undefined, overflowing: () => undefined };
    const output = new MessageOutput(new FailingSink('ENOSPC'), writeText, settings, events);
    void output.write(new OneMessage(Buffer.alloc(MIB, 'x')), sender);
    for (let time = 0; time < 5; time++) await output.reopen();
    const retry = t.mock.method(globalThis, 'setTimeout');
    // Six writes have failed: the next one is tried after 100 ms, doubled five times.
    t.mock.timers.tick(3200);
    assert.equal(retry.mock.callCount(), 1);
  });

  for (const code of ['EPIPE', 'ECONNRESET']) {
    for (const onOutputError of ['stop', 'retry'] as const) {
      it(`ends without a failure when the reader of standard output has gone (${code}, ${onOutputError})`, async () => {
        const ends: number[] = [];
        const reports: string[] = [];
        const settings = { file: undefined, output: 'text', quiet: false, onOutputError } as const;
        const output = new MessageOutput(new FailingSink(code), writeText, settings, {
          stopped: (exitCode) => ends.push(exitCode),
          overflowing: () => undefined,
          report: (_level, sentence) => reports.push(sentence),
        });
        void output.write(new OneMessage(Buffer.from('one')), sender);
        await output.written();
        assert.deepEqual([ends, reports], [[0], []]);
      });
    }
  }
});
