import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { FileSink } from '../../../../src/cli/serve/output/file-sink.ts';
import { openStandard } from '../../../../src/cli/serve/output/open-sink.ts';
import type { Sink } from '../../../../src/cli/serve/output/sink.ts';
import { AF_UNIX, SOCK_STREAM, socketpair } from '../../../../src/socket.ts';
import * as sys from '../../../../src/sys.ts';
import { until } from '../../../support/child.ts';
import { Folder } from '../../../support/serve.ts';
import { Terminal } from '../../../support/terminal.ts';

const BYTES = Buffer.alloc(300_000, 'x');
const refuse = (): number => {
  throw new Error('EACCES');
};

/** Writes all bytes, as often as the sink takes some of them. Returns the number of written bytes so far. */
function writeAll(sink: Sink, bytes: Buffer): () => number {
  let written = 0;
  const go = (): void => {
    sink.write(bytes, written, bytes.length, (result) => {
      assert.ok(result > 0, `result ${result}`);
      written += result;
      if (written < bytes.length) go();
    });
  };
  go();
  return () => written;
}

function pipe(): { readEnd: number; writeEnd: number } & Disposable {
  const fds = new Int32Array(2);
  sys.pipe2(fds, sys.O_CLOEXEC);
  const [readEnd, writeEnd] = fds as unknown as [number, number];
  return {
    readEnd,
    writeEnd,
    [Symbol.dispose]: () => {
      closeSync(readEnd);
      closeSync(writeEnd);
    },
  };
}

describe('openStandard', () => {
  for (const [name, reopen] of [
    ['opens a pipe again', undefined],
    ['asks a pipe that it may not open again before each write', refuse],
  ] as const) {
    it(`${name}, so that a full pipe never blocks, and leaves the inherited open file as it is`, async () => {
      using ends = pipe();
      const sink = openStandard(ends.writeEnd, reopen);
      const written = writeAll(sink, BYTES);
      await until(() => written() === 65536);
      // Node goes on while the pipe is full.
      await setImmediate();
      const chunk = Buffer.alloc(65536);
      let read = 0;
      while (read < BYTES.length) {
        read += readSync(ends.readEnd, chunk);
        await setImmediate();
      }
      assert.equal(written(), BYTES.length);
      assert.equal(sys.fcntl(ends.writeEnd, sys.F_GETFL, 0) & sys.O_NONBLOCK, 0);
      sink.close();
    });
  }

  it('never blocks on a terminal that it may not open again', async () => {
    using terminal = new Terminal();
    const fd = openSync(terminal.path, 'w');
    const written = writeAll(openStandard(fd, refuse), BYTES);
    let shown = 0;
    await until(() => (shown += terminal.read().length) === BYTES.length);
    assert.equal(written(), BYTES.length);
    closeSync(fd);
  });

  it('writes to a blocking socket without blocking', async () => {
    const [ours, theirs] = socketpair(AF_UNIX, SOCK_STREAM);
    const many = Buffer.alloc(2 ** 20, 'x');
    const written = writeAll(openStandard(ours.fileno()), many);
    assert.ok(written() < many.length);
    for (let read = 0; read < many.length;) {
      read += theirs.recv(65536).length;
      await setImmediate();
    }
    assert.equal(written(), many.length);
    ours.close();
    theirs.close();
  });

  it('gives back a write that waits for room, of which nothing is written', async () => {
    using ends = pipe();
    const sink = openStandard(ends.writeEnd);
    const written = writeAll(sink, BYTES);
    await setImmediate();
    assert.equal(sink.cancel(), true);
    assert.equal(sink.cancel(), false);
    readSync(ends.readEnd, Buffer.alloc(65536));
    await setImmediate();
    assert.equal(written(), 65536);
    sink.close();
  });

  it('reports EPIPE when the reader has gone, also before it is opened', async () => {
    for (const goesFirst of [true, false]) {
      const fds = new Int32Array(2);
      sys.pipe2(fds, sys.O_CLOEXEC);
      if (goesFirst) closeSync(fds[0]!);
      const sink = openStandard(fds[1]!);
      if (!goesFirst) closeSync(fds[0]!);
      const result = await new Promise<number>((resolve) => {
        sink.write(BYTES, 0, 10, resolve);
      });
      assert.equal(result, -32);
      sink.close();
      closeSync(fds[1]!);
    }
  });
});

describe('FileSink', () => {
  it('removes the cut end of a file, but only when nobody else has written after it', async () => {
    using folder = new Folder();
    const path = folder.file('out');
    const sink = new FileSink(openSync(path, 'a'), true);
    const write = (text: string): Promise<number> =>
      new Promise((resolve) => {
        sink.write(Buffer.from(text), 0, text.length, resolve);
      });
    await write('whole\ncut');
    assert.equal(await sink.removeEnd(3), true);
    assert.equal(readFileSync(path, 'utf8'), 'whole\n');
    await write('cut');
    // These bytes are of an earlier write: somebody else may have written between the two.
    assert.equal(await sink.removeEnd(4), false);
    writeFileSync(path, 'other\n', { flag: 'a' });
    assert.equal(await sink.removeEnd(3), false);
    assert.equal(readFileSync(path, 'utf8'), 'whole\ncutother\n');
    sink.close();
  });

  it('does not shorten a file that others may share with an offset of their own', async () => {
    using folder = new Folder();
    const path = folder.file('out');
    const fd = openSync(path, 'w');
    const sink = new FileSink(fd, false);
    await new Promise((resolve) => {
      sink.write(Buffer.from('cut'), 0, 3, resolve);
    });
    assert.equal(await sink.removeEnd(3), false);
    sink.close();
    writeSync(fd, '!');
    closeSync(fd);
    assert.equal(statSync(path).size, 4);
  });
});
