import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { root, tripoll } from '../support/child.ts';

const wrong: [args: string[], sentence: RegExp][] = [
  [['serve', '--prot', '1'], /unknown option '--prot'.*--port/],
  [['serve', '--port', '65536'], /--port.*65536.*from 0 to 65535/],
  [['serve', '--port', '-1'], /--port/],
  [['serve', '--port', '80.5'], /whole number/],
  [['serve', '--port', ''], /whole number/],
  [['serve', '--port'], /argument missing/],
  [['serve', '--timeout', 'NaN'], /number of seconds/],
  [['serve', '--timeout', '-1'], /number of seconds/],
  [['serve', '--timeout', 'Infinity'], /number of seconds/],
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
      using child = tripoll(...args);
      assert.deepEqual(await child.exit, { code: 2, signal: null });
      assert.equal(child.stdout, '');
      assert.match(child.stderr, /^tripoll: [^\n]+\n$/);
      assert.match(child.stderr, sentence);
    });
  }

  for (const args of [['--help'], ['serve', '--help'], ['send', '--help'], ['help', 'serve']]) {
    it(`prints examples first with \`${args.join(' ')}\``, async () => {
      using child = tripoll(...args);
      assert.equal((await child.exit).code, 0);
      assert.equal(child.stderr, '');
      assert.match(child.stdout, /^Examples:\n {2}tripoll [\s\S]+Usage: tripoll/);
    });
  }

  it('without a command prints the help on standard error, with exit code 2', async () => {
    using child = tripoll();
    assert.equal((await child.exit).code, 2);
    assert.equal(child.stdout, '');
    assert.match(child.stderr, /^Examples:/);
  });

  it('prints the version of the package', async () => {
    using child = tripoll('--version');
    assert.equal((await child.exit).code, 0);
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
    assert.equal(child.stdout, `${version}\n`);
  });
});
