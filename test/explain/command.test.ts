import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { Command } from 'commander';

import { defineExplain } from '../../src/cli/explain/command.ts';
import { groups } from '../../src/explain/scenarios.ts';
import { Child, dist, root, until } from '../support/child.ts';
import { skipWithout } from '../support/programs.ts';

const main = `${dist}src/cli/main.js`;
const withoutMkfifo = skipWithout('mkfifo');
const withoutScript = skipWithout('script');
const count = groups.flatMap(({ scenarios }) => scenarios).length;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function explain(args: string[], options: { input?: string; path?: string } = {}): Ended {
  const { input = '', path = process.env.PATH } = options;
  const command = [main, 'explain', ...args];
  const ended = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: 'utf8',
    input,
    timeout: 20_000,
    env: { ...process.env, PATH: path },
  });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

describe('tripoll explain', () => {
  it('prints every scenario, and ends with 0', { skip: withoutMkfifo }, () => {
    const { code, stdout, stderr } = explain(['--check']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
    for (const { title, scenarios } of groups) {
      assert.ok(stdout.includes(`\n\n${title}\n`), title);
      for (const { name } of scenarios) assert.ok(stdout.includes(`\n  ${name}  `), name);
    }
    assert.ok(stdout.endsWith(`\n${count} scenarios: no difference from Linux 6.18.\n`), stdout);
  });

  it('ends with 1 on a difference only with --check', () => {
    // mkfifo is not found on this path, so no FIFO can be made.
    const path = '/nonexistent';
    assert.equal(explain(['--scenario', 'FIFO'], { path }).code, 0);
    const checked = explain(['--scenario', 'FIFO', '--check'], { path });
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /^! {2}FIFO read end, no writer yet +\? .*\n +cannot be made here: .*mkfifo/m);
  });

  it('prints JSON', () => {
    const { code, stdout } = explain(['--json', '--scenario', 'connect, REFUSED$']);
    assert.equal(code, 0);
    const { machine, scenarios } = JSON.parse(stdout) as { machine: string; scenarios: object[] };
    assert.match(machine, /^Linux \d+\.\d+.*, (x64|arm64)$/);
    const measured = {
      select: 'rw-',
      poll: 'IN OUT ERR HUP RDHUP',
      pollMask0: 'ERR HUP',
      epoll: 'IN OUT ERR HUP RDHUP',
      epollMask0: 'ERR HUP',
    };
    assert.deepEqual(scenarios, [
      {
        group: 'TCP: non-blocking connects',
        name: 'non-blocking connect, refused',
        ...measured,
        differs: false,
        expected: measured,
        steps: [
          'tcp(nobody)',
          'bind(nobody)',
          'tcp(a)',
          'a.connect_ex(nobody.getsockname())',
          'settle(a, POLLERR, POLLHUP, POLLRDHUP)',
        ],
        after: [
          { call: 'a.getsockopt(SOL_SOCKET, SO_ERROR)', gave: '111', expected: '111' },
          { call: 'a.getsockopt(SOL_SOCKET, SO_ERROR)', gave: '0', expected: '0' },
        ],
      },
    ]);
  });

  it('explains its standard input', () => {
    const { code, stdout } = explain(['--fd', '0'], { input: 'hello' });
    assert.equal(code, 0);
    assert.match(stdout, /^fd 0 .*\nselect {2}r/);
    const { ready } = JSON.parse(explain(['--fd', '0', '--json'], { input: 'hello' }).stdout) as { ready: string[] };
    assert.match(ready[0] ?? '', /^r/);
  });

  it('explains a process', async () => {
    using child = new Child(process.execPath, '-e', 'setTimeout(() => {}, 25_000); console.log(1)');
    await until(() => child.stdout !== '');
    const { code, stdout } = explain(['--pid', String(child.pid)]);
    assert.equal(code, 0);
    // If the kernel lets only ancestors trace a process, we see only its fds.
    assert.match(stdout, /^process \d+: .* -e setTimeout.*\nmain thread: (waits in epoll|unknown: )/);
    assert.match(stdout, /^\d+ .* epoll .*waits for /m);
    const report = JSON.parse(explain(['--pid', String(child.pid), '--fd', '1', '--json']).stdout) as {
      fds: { fd: number }[];
    };
    assert.deepEqual(
      report.fds.map(({ fd }) => fd),
      [1],
    );
  });

  it('keeps to a terminal of 80 columns', { skip: withoutScript }, () => {
    const command = `stty cols 80; ${process.execPath} ${main} explain --scenario TCP`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', timeout: 20_000 });
    const lines = stdout.split(/\r?\n/);
    assert.ok(lines.length > 40, stdout);
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
  });

  const wrong: [args: string, code: number, message: string][] = [
    ['--scenario (', 2, "option '--scenario <pattern>' argument '(' is invalid. It must be a regular expression"],
    ['--fd 900', 1, 'fd 900 is not open: the shell can open it'],
  ];
  for (const [args, code, message] of wrong) {
    it(`says in a sentence what is wrong with ${args}`, () => {
      const ended = explain(args.split(' '));
      assert.deepEqual([ended.code, ended.stdout], [code, '']);
      assert.ok(ended.stderr.startsWith(`tripoll: ${message}`), ended.stderr);
      assert.equal(ended.stderr.trimEnd().split('\n').length, 1);
    });
  }

  // These need no process of their own: the two cases above show how main.ts prints an error, and its exit code.
  const refused: [args: string, error: object][] = [
    ['--scenario nonsense', { exitCode: 2, message: 'no scenario matches nonsense; without it, all are shown' }],
    [
      '--pid x',
      {
        name: 'CommanderError',
        message: /^error: option '--pid <number>' argument 'x' is invalid\. It must be a whole number from 1/,
      },
    ],
    [
      '--pid 1 --check',
      { name: 'CommanderError', message: "error: option '--pid <number>' cannot be used with option '--check'" },
    ],
    [
      '--fd 0 --steps',
      { name: 'CommanderError', message: "error: option '--fd <number>' cannot be used with option '--steps'" },
    ],
    ['--pid 4194305', { exitCode: 1, message: 'there is no process 4194305' }],
  ];
  for (const [args, error] of refused) {
    it(`refuses ${args}`, async () => {
      const program = new Command('tripoll').exitOverride().configureOutput({ writeErr: () => undefined });
      defineExplain(program);
      await assert.rejects(program.parseAsync(args.split(' '), { from: 'user' }), error);
    });
  }

  it('prints the table of docs/explain.md', () => {
    const page = readFileSync(`${root}docs/explain.md`, 'utf8');
    const block = /^What is ready when, on .*?\n(.*?)```/ms.exec(page)?.[1];
    const { stdout } = explain(['--scenario', 'pipe read end', '--steps']);
    assert.equal(stdout.slice(stdout.indexOf('\n') + 1), block);
    assert.ok(page.includes(`${count} scenarios make`));
  });

  it('has examples in its help', () => {
    const { code, stdout } = explain(['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^Examples:\n {2}tripoll explain /);
  });
});
