import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { lessons } from '../../labs/lessons.ts';
import { Child, dist, root, until } from '../support/child.ts';
import { Folder } from '../support/serve.ts';

const concurrency = 2;
const ANSWER = `${root}labs/01-one-blocking-client/answer.ts`;
const ANSWERS = `${dist}labs/.answers`;
const WRONG = `${root}labs/01-one-blocking-client/wrong/ends-on-reset.ts`;

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function lab(...args: string[]): Promise<Result> {
  using child = new Child(process.execPath, `${dist}labs/lab.js`, ...args);
  const { code } = await child.exit;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

// Checks a program with this text against lesson 1.
async function checked(name: string, text: string): Promise<Result> {
  using folder = new Folder();
  writeFileSync(folder.file(name), text);
  return await lab('1', '--check', folder.file(name));
}

describe('npm run lab', { concurrency }, () => {
  it('lists the lessons', async () => {
    const { code, stdout } = await lab();
    assert.equal(code, 0);
    for (const { number, title } of lessons) assert.match(stdout, new RegExp(`^ +${number}  ${title}$`, 'm'));
  });

  it('shows examples with --help', async () => {
    const { code, stdout } = await lab('--help');
    assert.equal(code, 0);
    assert.match(stdout, /npm run lab 3 -- --check my-answer\.ts/);
  });

  for (const [args, sentence] of [
    [['11'], 'there is no lesson 11: the lessons are 1 to 10'],
    [['three'], 'there is no lesson three: the lessons are 1 to 10'],
    [['1', '2'], 'run one lesson at a time, not 1 and 2'],
    [['--check', 'x.ts'], 'name a lesson, for example: npm run lab 3'],
    [['1', '--serve', '--port', '99999'], '--port 99999 is not a port: use 0 to 65535'],
    [['1', '--check', '/nowhere/x.ts'], 'There is no file /nowhere/x.ts.'],
    [
      ['1', '--check', `${root}package.json`],
      `${root}package.json is neither TypeScript (.ts) nor JavaScript (.js, .mjs).`,
    ],
  ] as const) {
    it(`refuses ${args.join(' ').replaceAll(root, '')} with a sentence`, async () => {
      assert.deepEqual(await lab(...args), { code: 2, stdout: '', stderr: `lab: ${sentence}\n` });
    });
  }

  it('says that a lesson is done', async () => {
    const { code, stdout } = await lab('1', '--check', ANSWER);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\n\nLesson 1 is done\.\n$/);
  });

  it('prints what is wrong, what the check has seen, and where the error was thrown', async () => {
    const { code, stdout } = await lab('1', '--check', WRONG);
    assert.equal(code, 1);
    assert.match(stdout, /^NOT OK {2}goes on after a client has reset its connection$/m);
    assert.match(stdout, /^Your program ended \(exit code 1\), at ends-on-reset\.ts:11:\d+:\nConnectionResetError: /m);
  });

  it('prints the line of a syntax error', async () => {
    const { code, stderr } = await checked('my.ts', 'const right = 1;\nconst wrong: number = ;\n');
    assert.deepEqual({ code, stderr }, { code: 2, stderr: 'lab: my.ts:2:23: Expression expected.\n' });
  });

  it('prints the line of a type error, and runs the program all the same', async () => {
    const { code, stdout } = await checked('my.ts', "import * as socket from 'tripoll/socket';\nsocket.sokket();\n");
    assert.equal(code, 1);
    assert.match(stdout, /^Type error, my\.ts:2:8: Property 'sokket' does not exist/m);
    assert.match(
      stdout,
      /^Your program ended \(exit code 1\), at my\.ts:2:8:\nTypeError: socket\.sokket is not a function$/m,
    );
  });

  it('runs JavaScript as it is', async () => {
    const { code, stdout } = await checked('my.mjs', 'const right = 1;\nconst wrong = ;\n');
    assert.equal(code, 1);
    assert.match(stdout, /^Your program ended \(exit code 1\), at my\.mjs:2:\nSyntaxError: Unexpected token ';'$/m);
  });

  it('removes its temporary folder when a signal ends it', async () => {
    mkdirSync(ANSWERS, { recursive: true });
    using child = new Child(process.execPath, `${dist}labs/lab.js`, '1', '--check', ANSWER);
    const folders = (): string[] => readdirSync(ANSWERS).filter((name) => name.startsWith(`${child.pid}-`));
    await until(() => folders().length > 0);
    child.kill('SIGTERM');
    assert.deepEqual(await child.exit, { code: 143, signal: null });
    assert.deepEqual(folders(), []);
  });
});
