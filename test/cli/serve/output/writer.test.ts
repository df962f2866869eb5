import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import fc from 'fast-check';

import type { Sink } from '../../../../src/cli/serve/output/sink.ts';
import { WriteLock } from '../../../../src/cli/serve/output/write-lock.ts';
import { Writer } from '../../../../src/cli/serve/output/writer.ts';
import { errnoOf } from '../../../../src/system/errors.ts';

const ENOSPC = errnoOf('ENOSPC');
const EPIPE = errnoOf('EPIPE');

/** A sink whose writes end when the test says so. */
class ScriptedSink implements Sink {
  isInThreadPool = false;
  readonly lock: WriteLock;
  text = '';
  closed = false;
  readonly #waits: boolean;
  #pending: { readonly text: string; readonly done: (result: number) => void } | undefined;

  /** `waits`: a write that has not begun can be taken back, as one that waits for room in a pipe. */
  constructor(waits: boolean, lock = new WriteLock()) {
    this.lock = lock;
    this.#waits = waits;
  }

  get isBusy(): boolean {
    return this.#pending !== undefined;
  }

  write(bytes: Buffer, from: number, to: number, done: (result: number) => void): void {
    assert.equal(this.#pending, undefined, 'two writes at a time');
    assert.ok(!this.closed && to > from);
    this.#pending = { text: bytes.toString('latin1', from, to), done };
  }

  /** Ends the write: at most `max` bytes are written, or it fails with an errno. */
  finish(max: number): void {
    const { text, done } = this.#pending!;
    this.#pending = undefined;
    if (max > 0) this.text += text.slice(0, max);
    done(Math.min(max, text.length));
  }

  cancel(): boolean {
    const isCancelled = this.#waits && this.#pending !== undefined;
    if (isCancelled) this.#pending = undefined;
    return isCancelled;
  }

  removeEnd(count: number): Promise<boolean> {
    this.text = this.text.slice(0, this.text.length - count);
    return Promise.resolve(true);
  }

  close(): void {
    this.closed = true;
  }
}

function createWriter(sink: Sink) {
  const events: string[] = [];
  const writer = new Writer(sink, {
    progressed: () => undefined,
    failed: (errno) => events.push(`failed ${errno}`),
    cutInPrevious: () => events.push('cut'),
  });
  const add = (text: string): void => {
    const { messages } = writer;
    messages.reserve(text.length);
    messages.endMessage(messages.end + messages.bytes.write(text, messages.end));
  };
  return { writer, events, add };
}

describe('Writer', () => {
  it('writes all messages of a turn at its end, in one write, and the next ones when that has ended', async () => {
    const sink = new ScriptedSink(false);
    const { writer, add } = createWriter(sink);
    for (const text of ['one\n', 'two\n']) {
      add(text);
      writer.schedule();
    }
    assert.equal(sink.isBusy, false);
    await setImmediate();
    add('three\n');
    add('four\n');
    sink.finish(Infinity);
    assert.equal(sink.text, 'one\ntwo\n');
    sink.finish(Infinity);
    assert.equal(sink.text, 'one\ntwo\nthree\nfour\n');
  });

  it('goes on after a short write, and knows how many messages are not wholly written', () => {
    const sink = new ScriptedSink(false);
    const { writer, add } = createWriter(sink);
    for (const text of ['one\n', 'two\n', 'three\n']) add(text);
    writer.flush();
    sink.finish(6);
    assert.deepEqual([writer.unwrittenMessages, writer.cutBytes], [2, 2]);
    sink.finish(Infinity);
    assert.equal(sink.text, 'one\ntwo\nthree\n');
    assert.equal(writer.unwrittenMessages, 0);
  });

  it('stops at an error, and finishes the cut message when it goes on', () => {
    const sink = new ScriptedSink(false);
    const { writer, events, add } = createWriter(sink);
    add('one\n');
    add('two\n');
    writer.flush();
    sink.finish(6);
    sink.finish(ENOSPC);
    assert.deepEqual(events, [`failed ${ENOSPC}`]);
    add('three\n');
    writer.flush();
    assert.equal(sink.isBusy, false);
    writer.resume();
    sink.finish(Infinity);
    sink.finish(Infinity);
    assert.equal(sink.text, 'one\ntwo\nthree\n');
  });

  it('lets a write to a file end before it changes to the new file', () => {
    const [before, after] = [new ScriptedSink(false), new ScriptedSink(false)];
    const { writer, add } = createWriter(before);
    add('one\n');
    add('two\n');
    writer.flush();
    writer.replaceSink(after);
    add('three\n');
    before.finish(6);
    // A message does not continue in another file.
    before.finish(1);
    assert.equal(before.closed, false);
    before.finish(Infinity);
    assert.deepEqual([before.text, before.closed], ['one\ntwo\n', true]);
    after.finish(Infinity);
    assert.equal(after.text, 'three\n');
  });

  it('completes a cut message in the previous FIFO, and writes the others to the new file meanwhile', async () => {
    const [before, after] = [new ScriptedSink(true), new ScriptedSink(false)];
    const { writer, events, add } = createWriter(before);
    for (const text of ['one\n', 'two\n', 'three\n']) add(text);
    writer.flush();
    before.finish(6);
    writer.replaceSink(after);
    after.finish(Infinity);
    assert.equal(after.text, 'three\n');
    let isWritten = false;
    const written = writer.written().then(() => (isWritten = true));
    await Promise.resolve();
    assert.deepEqual([isWritten, writer.unwrittenMessages], [false, 1]);
    before.finish(1);
    before.finish(Infinity);
    assert.deepEqual([before.text, before.closed, events], ['one\ntwo\n', true, []]);
    await written;
  });

  it('says so when a cut message can never be completed in the previous FIFO', () => {
    const [before, after] = [new ScriptedSink(true), new ScriptedSink(false)];
    const { writer, events, add } = createWriter(before);
    add('one\n');
    writer.flush();
    before.finish(2);
    writer.replaceSink(after);
    before.finish(EPIPE);
    assert.deepEqual([events, writer.unwrittenMessages, before.closed], [['cut'], 0, true]);
  });

  it('writes a message that a full disk has cut whole to the new file, and removes the cut part', async () => {
    const [before, after] = [new ScriptedSink(false), new ScriptedSink(false)];
    const { writer, add } = createWriter(before);
    add('one\n');
    add('two\n');
    writer.flush();
    before.finish(6);
    before.finish(ENOSPC);
    writer.replaceSink(after);
    after.finish(Infinity);
    await setImmediate();
    assert.deepEqual([before.text, after.text], ['one\n', 'two\n']);
  });

  it('completes a message before another writer writes to the same file, and lets the other one write next', () => {
    const lock = new WriteLock();
    const [output, log] = [new ScriptedSink(true, lock), new ScriptedSink(true, lock)];
    const [first, second] = [createWriter(output), createWriter(log)];
    first.add('one\n');
    first.add('two\n');
    first.add('three\n');
    first.writer.flush();
    output.finish(5);
    second.add('log\n');
    second.writer.flush();
    assert.equal(log.isBusy, false);
    output.finish(2);
    assert.equal(log.isBusy, false);
    output.finish(Infinity);
    assert.deepEqual([output.text, log.isBusy, output.isBusy], ['one\ntwo\n', true, false]);
    log.finish(2);
    assert.equal(output.isBusy, false);
    log.finish(Infinity);
    output.finish(Infinity);
    assert.deepEqual([output.text, log.text], ['one\ntwo\nthree\n', 'log\n']);
  });

  it('lets others write to the file when it drops a cut message', () => {
    const lock = new WriteLock();
    const [output, log] = [new ScriptedSink(false, lock), new ScriptedSink(false, lock)];
    const [first, second] = [createWriter(output), createWriter(log)];
    first.add('one\n');
    first.writer.flush();
    output.finish(2);
    output.finish(ENOSPC);
    second.add('log\n');
    second.writer.flush();
    assert.equal(log.isBusy, false);
    first.writer.discard();
    assert.equal(log.isBusy, true);
  });

  it('goes on with a working sink when another one leads to the same file', () => {
    const lock = new WriteLock();
    const [present, other] = [new ScriptedSink(true, lock), new ScriptedSink(true, lock)];
    const { writer, add } = createWriter(present);
    add('one\n');
    add('two\n');
    writer.flush();
    present.finish(2);
    writer.replaceSink(other);
    present.finish(Infinity);
    assert.deepEqual([present.text, present.closed, other.closed], ['one\ntwo\n', false, true]);
  });

  it('writes to a FIFO that it left and opened again only when the cut message in it is complete', () => {
    const lock = new WriteLock();
    const [first, between, again] = [
      new ScriptedSink(true, lock),
      new ScriptedSink(true),
      new ScriptedSink(true, lock),
    ];
    const { writer, add } = createWriter(first);
    add('one\n');
    add('two\n');
    writer.flush();
    first.finish(2);
    writer.replaceSink(between);
    writer.replaceSink(again);
    assert.equal(again.isBusy, false);
    first.finish(Infinity);
    again.finish(Infinity);
    assert.deepEqual([first.text, between.text, again.text], ['one\n', '', 'two\n']);
  });

  it('writes to a file that it opens again after a failure only when the cut part is removed from its end', async () => {
    const lock = new WriteLock();
    const [failed, again] = [new ScriptedSink(false, lock), new ScriptedSink(false, lock)];
    const { writer, add } = createWriter(failed);
    add('one\n');
    writer.flush();
    failed.finish(2);
    failed.finish(ENOSPC);
    writer.replaceSink(again);
    assert.equal(again.isBusy, false);
    await setImmediate();
    assert.deepEqual([failed.text, failed.closed], ['', true]);
    again.finish(Infinity);
    assert.equal(again.text, 'one\n');
  });

  it('writes each message once and whole, in order, whatever is written short, fails or is reopened', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), length: fc.integer({ min: 0, max: 9 }) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), max: fc.integer({ min: 1, max: 12 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), waits: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 60 }), async (waits, steps) => {
        const sinks = [new ScriptedSink(waits)];
        const { writer, events, add } = createWriter(sinks[0]!);
        const added: string[] = [];
        for (const one of steps) {
          const sink = sinks.find(({ isBusy }) => isBusy);
          if (one.do === 'add') {
            added.push(`${added.length}${'x'.repeat(one.length)}`);
            add(`${added.at(-1)!}\n`);
            writer.flush();
          } else if (one.do === 'finish') sink?.finish(one.max);
          else if (one.do === 'fail' && sink === sinks.at(-1)) sink?.finish(ENOSPC);
          else if (one.do === 'resume' && writer.isStopped) writer.resume();
          else if (one.do === 'reopen') {
            sinks.push(new ScriptedSink(one.waits));
            writer.replaceSink(sinks.at(-1)!);
          }
        }
        if (writer.isStopped) writer.resume();
        for (let sink; (sink = sinks.find(({ isBusy }) => isBusy)) !== undefined;) sink.finish(Infinity);
        assert.equal(writer.unwrittenMessages, 0);
        // The end of a file is removed by the thread pool.
        await setImmediate();
        assert.deepEqual(
          sinks.flatMap(({ text }) => text.split('\n').slice(0, -1)),
          added,
        );
        assert.ok(sinks.slice(0, -1).every(({ text, closed }) => closed && (text === '' || text.endsWith('\n'))));
        assert.ok(!events.includes('cut'));
      }),
      { numRuns: 2000 },
    );
  });
});
