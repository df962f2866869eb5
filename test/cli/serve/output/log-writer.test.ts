import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { LogWriter } from '../../../../src/cli/serve/output/log-writer.ts';
import type { Sink } from '../../../../src/cli/serve/output/sink.ts';
import { WriteLock } from '../../../../src/cli/serve/output/write-lock.ts';
import { errnoOf } from '../../../../src/system/errors.ts';

const EPIPE = errnoOf('EPIPE');

/** A sink that takes a number of bytes, and then fails. */
class BreakingSink implements Sink {
  readonly isInThreadPool = false;
  readonly lock = new WriteLock();
  text = '';
  room: number;

  constructor(room: number) {
    this.room = room;
  }

  write(bytes: Buffer, from: number, to: number, done: (result: number) => void): void {
    const count = Math.min(this.room, to - from);
    this.text += bytes.toString('latin1', from, from + count);
    this.room -= count;
    done(count > 0 ? count : EPIPE);
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

describe('LogWriter', () => {
  it('counts what a broken log loses, and goes on, on a new line, when it works again', () => {
    const sink = new BreakingSink(6);
    const log = new LogWriter(sink, (dropped) => `${dropped} dropped\n`);
    for (const text of ['one\n', 'two\n', 'three\n']) log.write(text);
    assert.equal(sink.text, 'one\ntw');
    sink.room = Infinity;
    log.write('four\n');
    log.write('five\n');
    assert.equal(sink.text, 'one\ntw\n2 dropped\nfour\nfive\n');
  });

  it('counts a text again that told a number and was lost itself', () => {
    const sink = new BreakingSink(0);
    const log = new LogWriter(sink, (dropped) => `${dropped} dropped\n`);
    for (let text = 0; text < 5; text++) log.write('lost\n');
    sink.room = Infinity;
    log.write('kept\n');
    assert.equal(sink.text, '5 dropped\nkept\n');
  });
});
