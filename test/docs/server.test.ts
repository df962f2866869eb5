import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';

import { limitDefaults } from '../../src/server.ts';
import { root } from '../support/child.ts';
import { blocksOf, codeOf, rowsOf } from '../support/markdown.ts';
import { CompiledSnippets } from '../support/snippets.ts';

// Talks to the server of a block, and ends the server when the answer is there.
const talk = (sent: string, answer: string, end: string): string => `
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
setTimeout(async () => {
  const client = connect(Number(server.address()[1]), '127.0.0.1');
  client.end(${JSON.stringify(sent)});
  assert.equal(await text(client), ${JSON.stringify(answer)});
  ${end};
}, 50);`;
const ITERATOR = `
import { Server } from 'tripoll/server';
const server = new Server({ address: ['127.0.0.1', 0], framing: 'line' });
const stored: string[] = [];
const store = async (address: unknown, message: Buffer): Promise<void> => {
  stored.push(message.toString());
};`;

// What each block of the page needs in order to run and to end, in the order of the page.
const SURROUNDINGS: { setup: string; then: string }[] = [
  { setup: talk('hello\n', 'HELLO\n', "process.kill(process.pid, 'SIGTERM')"), then: '' },
  { setup: talk('one\ntwo\n', '', 'server.shutdown()') + ITERATOR, then: "assert.deepEqual(stored, ['one', 'two']);" },
  { setup: talk('!one\ntwo\n', '!one\n', 'server.shutdown()'), then: 'await server.serveForever();' },
];

const page = readFileSync(`${root}docs/server.md`, 'utf8');
const blocks = blocksOf(page)
  .filter(({ language }) => language === 'ts')
  // Port 0: another program may use port 9001.
  .map((block, index) => ({ ...block, ...SURROUNDINGS[index], code: block.code.replace('9001', '0') }));
const compiled = new CompiledSnippets(blocks);

describe('docs/server.md', () => {
  after(() => {
    compiled[Symbol.dispose]();
  });

  it('has blocks that pass the type check', () => {
    assert.equal(compiled.errors, '');
    assert.equal(blocks.length, SURROUNDINGS.length);
  });

  for (const block of blocks) {
    it(`line ${block.line} runs`, async () => {
      assert.deepEqual(await compiled.run(block), { code: 0, stdout: '', stderr: '' });
    });
  }

  it('lists each limit with its default', () => {
    const listed = rowsOf(page)
      .filter(({ heading }) => heading === 'Limits')
      .map(({ cells }) => [codeOf(cells[0])[0], cells[1]!.trim()]);
    const defaults = Object.entries(limitDefaults).map(([name, [value]]) => [
      name,
      // This one depends on the machine.
      name === 'maxTotalBytes' ? 'a quarter of the memory' : String(value),
    ]);
    assert.deepEqual(listed, defaults);
  });
});
