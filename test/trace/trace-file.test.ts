import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { TraceLine } from '../../src/trace/format.ts';
import { StoredTrace } from '../../src/trace/stored-trace.ts';
import { readTrace, TraceFile } from '../../src/trace/trace-file.ts';
import { until } from '../support/child.ts';
import { Folder } from '../support/serve.ts';
import { header, lines, turn } from '../support/short-trace.ts';
import { UnreadFifo } from '../support/unread-fifo.ts';
import { collect } from '../support/watch.ts';

async function read(text: string | Buffer): Promise<TraceLine[]> {
  using folder = new Folder();
  writeFileSync(folder.file('trace'), text);
  return await collect((await readTrace(folder.file('trace'))).lines);
}

const headed = (...texts: string[]): string => [JSON.stringify(header), ...texts].join('\n');

describe('a trace in a file', () => {
  it('is read as it was written', async () => {
    using folder = new Folder();
    const file = new TraceFile(folder.file('trace'), (error) => {
      assert.ifError(error);
    });
    for (const line of [header, ...lines]) file.write(JSON.stringify(line));
    await file.opened();
    await file.close();
    const { header: first, lines: rest } = await readTrace(folder.file('trace'));
    assert.deepEqual(first, header);
    assert.deepEqual(await collect(rest), lines);
  });

  it('reports once that it cannot be written any more', async () => {
    const errors: Error[] = [];
    const file = new TraceFile('/dev/full', (error) => errors.push(error));
    await file.opened();
    file.write('x');
    await until(() => errors.length > 0);
    file.write('x');
    await file.close();
    assert.equal(errors.length, 1);
    assert.match(errors[0]!.message, /^ENOSPC: /);
  });

  it('cannot be opened in a folder that does not exist, or as a FIFO that nobody reads', async () => {
    using folder = new Folder();
    spawnSync('mkfifo', [folder.file('fifo')]);
    const opened = (name: string): Promise<void> => new TraceFile(folder.file(name), () => undefined).opened();
    await assert.rejects(opened('missing/trace'), /ENOENT/);
    await assert.rejects(opened('fifo'), /no process reads this FIFO$/);
  });

  it('is full, and then ends with an error, when nobody reads its FIFO, and never waits', async () => {
    using fifo = new UnreadFifo();
    const errors: Error[] = [];
    const file = new TraceFile(fifo.path, (error) => errors.push(error));
    await file.opened();
    const line = 'x'.repeat(2 ** 20);
    assert.equal(file.isFull, false);
    for (let i = 0; i < 17; i++) file.write(line);
    assert.equal(file.isFull, true);
    for (let i = 0; i < 17; i++) file.write(line);
    assert.deepEqual(
      errors.map(({ message }) => message),
      [`${fifo.path}: the file does not take the trace fast enough`],
    );
    await file.close();
  });

  it('waits a second at most for a FIFO that nobody reads, when it is closed', async () => {
    using fifo = new UnreadFifo();
    const errors: Error[] = [];
    const file = new TraceFile(fifo.path, (error) => errors.push(error));
    await file.opened();
    file.write('x'.repeat(100_000));
    const startMs = performance.now();
    await file.close();
    const ms = performance.now() - startMs;
    assert.ok(ms > 900 && ms < 5000, `${ms} ms`);
    assert.equal(errors.length, 1);
  });

  it('may be cut off anywhere in its last line', async () => {
    const whole = headed(...lines.map((line) => JSON.stringify(line)));
    const lastBegins = whole.lastIndexOf('\n') + 1;
    for (let length = lastBegins; length < whole.length; length++) {
      assert.deepEqual(await read(whole.slice(0, length)), lines.slice(0, -1));
    }
  });

  it('may have unknown types and unknown fields', async () => {
    const [first] = lines;
    const text = headed('{"type":"later","x":[]}', JSON.stringify({ ...first, new: 1 }), '{"type":"toString"}\n');
    assert.deepEqual(await read(text), [{ ...first, new: 1 }]);
  });

  for (const [what, text, message] of [
    ['an empty file', '', /^the file is empty$/],
    ['a text that is not JSON', 'hello\n', /^this is no trace of tripoll$/],
    ['other JSON', '[1]\n', /^this is no trace of tripoll$/],
    ['another version', '{"tripollTrace":2}\n', /^the trace is of version 2, and this tripoll reads version 1$/],
    ['half a header', '{"tripollTrace":1,"date":"x"}\n', /^the first line has no valid 'backend'$/],
    ['a line that is not JSON', headed('{"type":"tu\n'), /^line 2: this is no JSON object$/],
    ['a line without a type', headed('{}', ''), /^line 2: it has no valid 'type'$/],
    [
      'an invalid fd',
      headed('{"type":"close","ms":1,"fd":-1,"reason":"eof"}\n'),
      /^line 2: the close has no valid 'fd'$/,
    ],
    [
      'an fd that is higher than Linux allows',
      headed('{"type":"close","ms":1,"fd":1048576,"reason":"eof"}\n'),
      /^line 2: the close has no valid 'fd'$/,
    ],
    ['invalid raw events', headed(JSON.stringify(turn(1, { ready: [[1, 1, -1]] })), ''), /no valid 'ready'$/],
    [
      'four values for an fd',
      headed(JSON.stringify(turn(1, { ready: [[1, 1, 1, 1] as never] })), ''),
      /no valid 'ready'$/,
    ],
    [
      'an unknown state of TCP',
      headed(JSON.stringify(turn(1, { state: [[1, { tcp: 'x' as never }]] })), ''),
      /'state'$/,
    ],
    ['invalid times', headed(JSON.stringify(turn(1, { wakes: ['1' as never] })), ''), /no valid 'wakes'$/],
    ['invalid events', headed(JSON.stringify(turn(1, { ready: [[1, 8]] })), ''), /no valid 'ready'$/],
    [
      'fields of the prototype',
      headed('{"type":"close","__proto__":{"ms":1,"fd":1,"reason":"eof"}}\n'),
      /no valid 'ms'$/,
    ],
    ['an infinite number', headed('{"type":"signal","ms":1e999,"name":"x"}\n'), /no valid 'ms'$/],
    ['deep nesting', headed(`${'['.repeat(100_000)}\n`), /^line 2: this is no JSON object$/],
  ] as const) {
    it(`is refused with ${what}, in a sentence`, async () => {
      await assert.rejects(read(text), { message });
    });
  }

  it('is refused with an endless line, before it fills the memory', async () => {
    await assert.rejects(read(Buffer.alloc(2 ** 26 + 1, ' ')), /a line is longer than 67108864 bytes/);
  });

  it('is sent with an end line, complete or not, and continues after any line', async () => {
    using folder = new Folder();
    writeFileSync(folder.file('trace'), headed(JSON.stringify(lines[0]), JSON.stringify(lines[1])));
    const source = new StoredTrace(folder.file('trace'));
    const all = await collect(source.lines(-1));
    assert.deepEqual(
      all.map(({ id, text }) => [id, JSON.parse(text) as unknown]),
      [
        [0, header],
        [1, lines[0]],
        [2, lines[1]],
        [3, { type: 'end' }],
      ],
    );
    assert.deepEqual(await collect(source.lines(1)), all.slice(2));
    assert.deepEqual(await collect(source.lines(3)), []);
  });
});
