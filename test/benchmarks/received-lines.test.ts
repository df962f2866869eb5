import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { checkLines, type ReceivedLines } from '../../benchmarks/drivers/lib/received-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'tripoll-lines-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const line = (client: number, number: number, filler = 'abc'): string => {
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  return `${filler}${hex(client)}${hex(number)}`;
};

async function check(texts: readonly string[], isJson = false): Promise<ReceivedLines> {
  const files = texts.map((text, index) => {
    const file = join(folder, String(index));
    writeFileSync(file, text);
    return file;
  });
  const { messages, bytes, broken } = await checkLines(files, isJson);
  return { messages, bytes, broken };
}

const LENGTH = line(0, 0).length + 1;

describe('checkLines', () => {
  it('accepts the lines of clients in any mixture, each client in order', async () => {
    const lines = [line(1, 0), line(2, 0), line(2, 1), line(1, 1), line(2, 2)];
    assert.deepEqual(await check([`${lines.join('\n')}\n`]), { messages: 5, bytes: 5 * LENGTH, broken: 0 });
  });

  it('accepts a new round of the load, whose numbers begin again', async () => {
    const lines = [line(1, 0), line(1, 1), line(1, 0), line(1, 1)];
    assert.equal((await check([`${lines.join('\n')}\n`])).broken, 0);
  });

  it('accepts short lines, which have only a part of the digits', async () => {
    assert.deepEqual(await check(['000000100000000\n000000100000001\n']), { messages: 2, bytes: 32, broken: 0 });
  });

  it('reads files one after the other, and joins a line that is in two of them', async () => {
    const text = `${line(1, 0)}\n${line(1, 1)}\n`;
    assert.deepEqual(await check([text.slice(0, 30), text.slice(30)]), { messages: 2, bytes: 2 * LENGTH, broken: 0 });
  });

  const broken: [what: string, text: string][] = [
    ['a line that is missing', `${line(1, 0)}\n${line(1, 2)}\n`],
    ['a line that came twice', `${line(1, 0)}\n${line(1, 1)}\n${line(1, 1)}\n`],
    ['a line that is cut', `${line(1, 0)}\n${line(1, 1).slice(0, 9)}\n`],
    ['a line with other bytes', `${line(1, 0)}\n${line(1, 1, 'xyz')}\n`],
    ['a line without its end', `${line(1, 0)}\n${line(1, 1)}`],
  ];
  for (const [what, text] of broken) {
    it(`counts ${what}`, async () => {
      assert.equal((await check([text])).broken, 1);
    });
  }

  it('reads the messages of JSON, and counts a line that is no JSON', async () => {
    const json = (message: string): string => JSON.stringify({ time: 'now', peer: 'x', message });
    assert.deepEqual(await check([`${json(line(1, 0))}\n${json(line(1, 1))}\n`], true), {
      ...{ messages: 2, bytes: 2 * LENGTH, broken: 0 },
    });
    assert.equal((await check([`${json(line(1, 0))}\n${json(line(1, 1)).slice(0, -1)}\n`], true)).broken, 1);
  });
});
