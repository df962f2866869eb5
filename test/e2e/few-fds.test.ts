import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Child, dist, sendOnce, until } from '../support/child.ts';
import { withFdLimit } from '../support/programs.ts';

const limited = (limit: number, ...args: string[]): Child => {
  const [program, ...start] = withFdLimit(limit);
  return new Child(program!, ...start, process.execPath, `${dist}src/cli/main.js`, ...args);
};

describe('tripoll with few fds', { concurrency: true }, () => {
  // Node 20 itself needs about 18, and its module loader opens many files at once. Node 24 opens fewer, and serves with so few.
  for (const limit of process.version.startsWith('v20.') ? [22, 26, 30] : []) {
    it(`says in one sentence that ${limit} are too few, with exit code 1`, async () => {
      using child = limited(limit, 'serve', '--host', '127.0.0.1', '--port', '0', '--log', 'json');
      assert.deepEqual(await child.exit, { code: 1, signal: null });
      assert.match(
        child.stderr,
        /^tripoll: EMFILE: [^\n]*: the process may open too few files\. [^\n]*ulimit -n[^\n]*\n$/,
      );
    });
  }

  it('serves with 256', async () => {
    const all = ['--log', 'json', '--metrics', '127.0.0.1:0', '--watch', '0', '--backend', 'epoll'];
    using child = limited(256, 'serve', '--host', '127.0.0.1', '--port', '0', ...all);
    const port = Number((await until(() => /listening on \S+:(\d+),/.exec(child.stderr)))[1]);
    await sendOnce(port, 'hello');
    await until(() => child.stdout === 'hello\n');
    child.kill('SIGTERM');
    assert.deepEqual(await child.exit, { code: 0, signal: null });
  });
});
