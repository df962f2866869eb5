import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';

import { root } from '../support/child.ts';
import { type Block, blocksOf, rowsOf } from '../support/markdown.ts';
import { skipWithout } from '../support/programs.ts';
import { CompiledSnippets, type Outcome, runPython } from '../support/snippets.ts';

// Talks to the server of README, then ends it with SIGINT, as a reader would.
const TALK = `
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
setTimeout(async () => {
  const client = connect(Number(server.address()[1]), '127.0.0.1');
  client.end('hello\\n');
  assert.equal(await text(client), 'got 5 bytes\\n');
  process.kill(process.pid, 'SIGINT');
}, 50);`;
const PYTHON_SOCKETS = `
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
inputs, outputs = [server], []`;
const SOCKETS = `
const server = socket.createServer(['127.0.0.1', 0]);
const client = socket.createConnection(server.getsockname() as socket.Inet4Address);
const inputs = [server];
const outputs: socket.Socket[] = [];`;

const readme = readFileSync(`${root}README.md`, 'utf8');
const [serverBlock, pythonBlock, portBlock, ...others] = blocksOf(readme).filter(({ language }) =>
  ['ts', 'python'].includes(language),
);
// Port 0: another program may use port 9001.
const server = prepared(serverBlock, { code: serverBlock!.code.replace('9001', '0'), setup: TALK });
const before = prepared(pythonBlock, {
  setup: PYTHON_SOCKETS,
  then: 'print(len(inputs), inputs[1].getblocking())',
});
const port = prepared(portBlock, {
  setup: SOCKETS,
  then: "console.log(inputs.length, inputs[1]!.getblocking() ? 'True' : 'False');",
});
const compiled = new CompiledSnippets([server, port]);

function prepared(block: Block | undefined, changes: Partial<Block>): Block {
  assert.ok(block !== undefined, 'README has a server, and Python before and after');
  return { ...block, ...changes };
}

function assertSuccess({ code, stdout, stderr }: Outcome): void {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
}

describe('README', () => {
  after(() => {
    compiled[Symbol.dispose]();
  });

  it('has a server of 15 lines that answers, and ends after SIGINT', async () => {
    assert.deepEqual(others, []);
    assert.equal(compiled.errors, '');
    assert.ok(server.code.trimEnd().split('\n').length <= 15);
    assertSuccess(await compiled.run(server));
  });

  it('has a Python program and its port, which do the same', { skip: skipWithout('python3') }, async () => {
    const [theirs, ours] = await Promise.all([runPython(before), compiled.run(port)]);
    assertSuccess(theirs);
    assertSuccess(ours);
    assert.equal(theirs.stdout, '2 False\n');
    assert.equal(ours.stdout, theirs.stdout);
  });

  it('has the benchmark figures of docs/performance.md', () => {
    const measured = rowsOf(readFileSync(`${root}docs/performance.md`, 'utf8'));
    const shown = rowsOf(readme).filter(({ heading }) => heading === 'Benchmarks');
    assert.equal(shown.length, 3);
    for (const { cells } of shown) {
      const [workload = '', us, toC, toNode] = cells.map((cell) => cell.trim());
      const first = measured.findIndex((row) => row.cells[0]?.trim() === workload);
      // The rows of select, poll and epoll stand below each other.
      const [, , figure, ratioToC, , ratioToNode] = measured[first + 2]!.cells.map((cell) => cell.trim());
      assert.equal(us, `${figure ?? ''} µs`);
      assert.ok(ratioToC?.startsWith(`${toC ?? ''} (`) && ratioToNode?.startsWith(`${toNode ?? ''} (`), workload);
    }
  });
});
