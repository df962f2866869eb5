// Runs the blocks of code on the pages for users. TypeScript compiles all of them at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';

import { root } from '../support/child.ts';
import { type Block, blocksOf } from '../support/markdown.ts';
import { skipWithout } from '../support/programs.ts';
import { CompiledSnippets, type Outcome, runPython } from '../support/snippets.ts';

const LANGUAGES = ['python', 'ts', 'sh'];

/** Talks to the server of a block, and ends the server when the answer is there. */
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

// What each block of docs/server.md needs in order to run and to end, in the order of the page.
const SERVER_SURROUNDINGS: Partial<Block>[] = [
  { setup: talk('hello\n', 'HELLO\n', "process.kill(process.pid, 'SIGTERM')") },
  { setup: talk('one\ntwo\n', '', 'server.shutdown()') + ITERATOR, then: "assert.deepEqual(stored, ['one', 'two']);" },
  { setup: talk('one\ntwo', 'one!\ntwo!\n', 'server.shutdown()'), then: 'await server.serveForever();' },
  { setup: talk('!one\ntwo\n', '!one\n', 'server.shutdown()'), then: 'await server.serveForever();' },
];

// Another program may use port 9001.
const onFreePort = (block: Block, changes: Partial<Block> | undefined): Block => ({
  ...block,
  ...changes,
  code: block.code.replace('9001', '0'),
});

const blocksOfPage = (page: string): Block[] => blocksOf(readFileSync(root + page, 'utf8'));

const guide = blocksOfPage('docs/porting-from-python.md');
const files = guide.filter(({ file }) => file !== undefined);
const snippets = guide.filter(({ file, language }) => file === undefined && language !== 'sh');
const serverPage = blocksOfPage('docs/server.md')
  .filter(({ language }) => language === 'ts')
  .map((block, index) => onFreePort(block, SERVER_SURROUNDINGS[index]));
const readme = blocksOfPage('README.md').filter(({ language }) => ['ts', 'python'].includes(language));
const [readmeServer, before, port] = preparedReadme(readme);

const compiled = new CompiledSnippets([
  ...snippets.filter(({ language }) => language === 'ts'),
  ...serverPage,
  readmeServer,
  port,
]);
const skip = skipWithout('python3');
const python =
  skip === false
    ? runPython([...snippets.filter(({ language }) => language === 'python'), before])
    : Promise.resolve(new Map<Block, Outcome>());

// The server of README, which a reader ends with SIGINT, a Python program, and its port.
function preparedReadme([server, python, port]: Block[]): [Block, Block, Block] {
  assert.ok(server && python && port, 'README has a server, and Python before and after');
  const sockets = `
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
inputs, outputs = [server], []`;
  const ourSockets = `
const server = socket.createServer(['127.0.0.1', 0]);
const client = socket.createConnection(server.getsockname() as socket.Inet4Address);
const inputs = [server];
const outputs: socket.Socket[] = [];`;
  const print = "console.log(inputs.length, inputs[1]!.getblocking() ? 'True' : 'False');";
  return [
    onFreePort(server, { setup: talk('hello\n', 'got 5 bytes\n', "process.kill(process.pid, 'SIGINT')") }),
    { ...python, setup: sockets, then: 'print(len(inputs), inputs[1].getblocking())' },
    { ...port, setup: ourSockets, then: print },
  ];
}

function assertSuccess({ code, stdout, stderr }: Outcome): void {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
}

async function inPython(block: Block): Promise<string> {
  const outcome = (await python).get(block)!;
  assertSuccess(outcome);
  return outcome.stdout;
}

after(() => {
  compiled[Symbol.dispose]();
});

it('the blocks of the pages pass the type check', () => {
  assert.equal(compiled.errors, '');
});

describe('porting-from-python.md', { concurrency: 2 }, () => {
  it('has only blocks of Python, TypeScript and shell commands', () => {
    assert.deepEqual(
      guide.filter(({ language }) => !LANGUAGES.includes(language)),
      [],
    );
    assert.ok(snippets.length > 40 && files.length === 6);
  });

  for (const { file = '', code, line } of files) {
    it(`line ${line} is the text of ${file}`, () => {
      assert.equal(code, readFileSync(root + file, 'utf8'));
    });
  }

  for (const [index, block] of snippets.entries()) {
    if (block.language === 'ts') {
      it(`line ${block.line} runs`, async () => {
        assertSuccess(await compiled.run(block));
      });
      continue;
    }
    const next = snippets[index + 1];
    const twin = next?.language === 'ts' && !next.differs ? next : undefined;
    const name = twin === undefined ? 'runs in Python' : `prints in Python what line ${twin.line} prints`;
    it(`line ${block.line} ${name}`, { skip }, async () => {
      const printed = await inPython(block);
      if (twin === undefined) return;
      assert.notEqual(printed, '');
      assert.equal((await compiled.run(twin)).stdout, printed);
    });
  }
});

describe('docs/server.md', () => {
  it('has a block for each of the surroundings above', () => {
    assert.equal(serverPage.length, SERVER_SURROUNDINGS.length);
  });

  for (const block of serverPage) {
    it(`line ${block.line} runs`, async () => {
      assert.deepEqual(await compiled.run(block), { code: 0, stdout: '', stderr: '' });
    });
  }
});

describe('README', () => {
  it('has a server of 15 lines that answers, and ends after SIGINT', async () => {
    assert.equal(readme.length, 3);
    assert.ok(readmeServer.code.trimEnd().split('\n').length <= 15);
    assertSuccess(await compiled.run(readmeServer));
  });

  it('has a Python program and its port, which do the same', { skip }, async () => {
    const ours = await compiled.run(port);
    assertSuccess(ours);
    assert.equal(ours.stdout, '2 False\n');
    assert.equal(await inPython(before), ours.stdout);
  });
});
