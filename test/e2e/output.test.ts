import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, sendOnce, tripoll, until } from '../support/child.ts';

const serve = ['serve', '--host', '127.0.0.1', '--port', '0'];

// Runs a line of shell in which "$@" is `tripoll` with these arguments.
const shell = (line: string, ...args: string[]): Child =>
  new Child('sh', '-c', line, process.execPath, process.execPath, `${dist}src/cli/main.js`, ...args);

describe('tripoll', () => {
  it('fails with one sentence when the messages do not fit on the disk', async () => {
    using server = shell('exec "$@" > /dev/full', ...serve);
    const port = await server.servePort();
    await Promise.allSettled(['a', 'b'].map((message) => sendOnce(port, message)));
    assert.deepEqual(await server.exit, { code: 1, signal: null });
    assert.equal(server.stderr.match(/standard output/g)?.length, 1, server.stderr);
    assert.match(server.stderr, /\ntripoll: standard output: ENOSPC: no space left on device, write; [^\n]+\n/);
    assert.doesNotMatch(server.stderr, /\n {4}at /);
  });

  it('fails with one sentence when the help does not fit on the disk', async () => {
    using child = shell('exec "$@" > /dev/full', '--help');
    assert.deepEqual(await child.exit, { code: 1, signal: null });
    assert.match(child.stderr, /^tripoll: standard output: ENOSPC: [^\n]+\n$/);
  });

  it('ends with exit code 0 when the reader of its help has gone', async () => {
    using child = shell('{ "$@"; echo "exit code $?" >&2; } | true', 'serve', '--help');
    await child.exit;
    assert.equal(child.stderr, 'exit code 0\n');
  });

  // `head` ends after the first line. Messages and the exit code bypass it through fd 3.
  it('goes on serving when the reader of its log has gone, and ends as usual', async () => {
    using server = shell(
      'exec 3>&1; { "$@" 3>&- 2>&1 >&4 4>&-; echo "exit code $?" >&3; } 4>&3 | head -n 1 >&2',
      ...serve,
    );
    const port = await server.servePort();
    for (let number = 0; number < 20; number++) await sendOnce(port, `${number}\n`);
    await until(() => server.stdout.includes('19\n'));
    process.kill(servingProcess(server.pid), 'SIGTERM');
    await server.exit;
    assert.match(server.stdout, /^exit code 0$/m);
    assert.match(server.stderr, /^tripoll: listening on [^\n]+\n$/);
  });

  it('goes on serving when the disk of its log is full', async () => {
    using server = shell('exec "$@" 2> /dev/full', ...serve);
    const port = await server.listeningPort();
    await sendOnce(port, 'a message\n');
    await until(() => server.stdout === 'a message\n');
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });

  it('ends with exit code 0 when the reader of its messages has gone', async () => {
    using server = shell('{ "$@"; echo "exit code $?" >&2; } | head -n 1', ...serve, '--framing', 'line');
    const port = await server.servePort();
    await sendOnce(port, 'one\n');
    await until(() => server.stdout === 'one\n');
    await sendOnce(port, 'two\n').catch(() => undefined);
    await until(() => server.stderr.includes('exit code 0\n'));
  });

  it('ends immediately at SIGINT, however long the timeout is', async () => {
    using server = tripoll(...serve, '--timeout', '3600');
    const port = await server.servePort();
    await sendOnce(port, 'x');
    await until(() => server.stdout === 'x\n');
    await setTimeout(50);
    const asked = performance.now();
    server.kill('SIGINT');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    const ms = performance.now() - asked;
    assert.ok(ms < 2000, `${ms} ms`);
  });
});

// The shell has a child that is the other side of the pipe, or a shell of its own, whose child is the server.
function servingProcess(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  for (const child of children) {
    if (
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('main.js\0serve') &&
      readFileSync(`/proc/${child}/comm`, 'utf8').trim() !== 'sh'
    )
      return child;
    const found = servingProcess(child);
    if (found > 0) return found;
  }
  return 0;
}
