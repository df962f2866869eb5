import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { root, tripoll } from '../support/child.ts';
import { runCli } from '../support/cli.ts';

const wrong: [args: string[], sentence: RegExp][] = [
  [['serve', '--prot', '1'], /unknown option '--prot'.*--port/],
  [['serve', '--port', '65536'], /--port.*65536.*from 0 to 65535/],
  [['serve', '--port', '-1'], /--port/],
  [['serve', '--port', '80.5'], /whole number/],
  [['serve', '--port', ''], /whole number/],
  [['serve', '--port'], /argument missing/],
  ...['NaN', '-1', 'Infinity', '0', '0.0009', '3600.1'].map((timeout): [string[], RegExp] => {
    return [['serve', '--timeout', timeout], / a number of seconds from 0\.001 to 3600\.\n$/];
  }),
  [['serve', '--backend', 'kqueue'], /select, poll, epoll/],
  [['serve', '--max-clients', '1e3'], /whole number/],
  [['serve', 'extra'], /too many arguments/],
  [['send', '--port', '0'], /from 1 to 65535/],
  [['send', '--count', '0'], /from 1/],
  [['send', '--interval', 'soon'], /number of seconds/],
  [['sned'], /unknown command 'sned'.*send/],
];

describe('tripoll', () => {
  for (const [args, sentence] of wrong) {
    it(`answers \`tripoll ${args.join(' ')}\` with one sentence and exit code 2`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
      assert.match(stderr, /^tripoll: [^\n]+\n$/);
      assert.match(stderr, sentence);
    });
  }

  const commands = [['serve'], ['send'], ['explain'], ['watch'], ['trace'], ['trace', 'record'], ['trace', 'show']];
  for (const args of [
    ['--help'],
    ['-h'],
    ['help'],
    ['help', 'serve'],
    ...commands.map((command) => [...command, '--help']),
  ]) {
    it(`prints examples first with \`tripoll ${args.join(' ')}\``, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.match(stdout, /^Examples:\n {2}tripoll [\s\S]+Usage: tripoll/);
    });
  }

  it('lists each command in its help, with a line about it', async () => {
    const { stdout } = await runCli(['--help']);
    assert.match(
      stdout,
      /^Commands:\n {2}serve {2,}receive messages over TCP and print them\n( {2}\w+ {2,}\S.*\n){5}$/m,
    );
  });

  it('prints the help on standard error when there is no command, with exit code 2', async () => {
    const { code, stdout, stderr } = await runCli([]);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^Examples:/);
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    assert.deepEqual(await runCli(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('the program tripoll', () => {
  it('writes an error to standard error, and sets the exit code', async () => {
    using child = tripoll('sned');
    assert.deepEqual(await child.exit, { code: 2, signal: null });
    assert.equal(child.stdout, '');
    assert.match(child.stderr, /^tripoll: unknown command 'sned'[^\n]+\n$/);
  });

  it('writes its help to standard output', async () => {
    using child = tripoll('send', '--help');
    assert.deepEqual(await child.exit, { code: 0, signal: null });
    assert.equal(child.stderr, '');
    assert.match(child.stdout, /^Examples:\n {2}tripoll send[\s\S]+Usage: tripoll send/);
  });
});
