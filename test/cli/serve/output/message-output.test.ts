import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MessageOutput, type OutputEvents } from '../../../../src/cli/serve/output/message-output.ts';
import { OneMessage } from '../../../../src/cli/serve/output/messages.ts';
import type { Sink } from '../../../../src/cli/serve/output/sink.ts';
import { writeText } from '../../../../src/cli/serve/output/text-format.ts';

const MIB = 2 ** 20;
const sender = { address: ['127.0.0.1', 9001] as [string, number] };

/** A sink that takes bytes only when the test says so. */
class StuckSink implements Sink {
  readonly isInThreadPool = false;
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
});
