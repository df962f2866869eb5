import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { MSG_OOB } from '../../src/socket.ts';
import { Child, dist, sendOnce, tripoll, until } from '../support/child.ts';
import { Client } from '../support/clients.ts';
import { withFdLimit } from '../support/programs.ts';

const lines = (text: string): string[] => text.split('\n').slice(0, -1);

describe('tripoll serve', () => {
  for (const backend of ['select', 'poll', 'epoll']) {
    it(`prints each message when it arrives, and ends at SIGINT with a summary and exit code 0 (${backend})`, async () => {
      using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0', '--backend', backend);
      const port = await server.servePort();
      for (let i = 0; i < 15; i++) await sendOnce(port, `Hello Server!${i}`);
      await until(() => lines(server.stdout).length === 15);
      assert.deepEqual(
        lines(server.stdout),
        Array.from({ length: 15 }, (_, i) => `Hello Server!${i}`),
      );
      const asked = performance.now();
      server.kill('SIGINT');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.ok(performance.now() - asked < 5000);
      assert.match(server.stderr, /ended: 15 clients, 15 messages, 215 bytes, \d+ turns\n$/);
    });
  }

  it('keeps no connection of a client that has closed, and then uses no CPU', async () => {
    using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0');
    const port = await server.servePort();
    await Promise.all(Array.from({ length: 20 }, (_, i) => sendOnce(port, `m${i}`)));
    await until(() => lines(server.stdout).length === 20);
    await until(() => server.socketInodes().length === 3 || server.stderr.match(/ eof: /g)?.length === 20);
    const before = server.cpuMs();
    await setTimeout(3000);
    assert.ok(server.cpuMs() - before < 30, `${server.cpuMs() - before} ms of CPU in 3 s`);
    server.kill('SIGTERM');
    assert.equal((await server.exit).code, 0);
    assert.match(server.stderr, /ended: 20 clients, 20 messages/);
  });

  it('ends cleanly when a signal arrives twice, as from npm and the terminal', async () => {
    using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0');
    await server.servePort();
    for (let i = 0; i < 5; i++) server.kill('SIGINT');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.match(server.stderr, /ended: 0 clients/);
  });

  it('delivers what was sent before the signal', async () => {
    using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0', '--timeout', '2');
    const port = await server.servePort();
    const client = connect(port, '127.0.0.1');
    await until(() => server.stderr.includes('connected'));
    // The callback is called when the kernel has the bytes.
    await new Promise((resolve) => client.write('last words', resolve));
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    client.destroy();
    assert.equal(server.stdout, 'last words\n');
  });

  it('serves at most --max-clients at a time, and the next client when one leaves', async () => {
    using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0', '--max-clients', '1', '--timeout', '0.2');
    const port = await server.servePort();
    const first = connect(port, '127.0.0.1');
    first.write('first');
    await until(() => server.stdout.includes('first'));
    const second = connect(port, '127.0.0.1');
    second.write('second');
    await setTimeout(600);
    assert.equal(server.stdout, 'first\n');
    first.end();
    await until(() => server.stdout === 'first\nsecond\n');
    second.destroy();
    server.kill('SIGTERM');
    assert.equal((await server.exit).code, 0);
  });

  it('waits without spinning while the process is out of fds, and goes on when clients leave', async () => {
    const [sh = '', ...limited] = withFdLimit(100);
    const serve = [`${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0', '--timeout', '0.1'];
    using server = new Child(sh, ...limited, process.execPath, ...serve);
    const port = await server.servePort();
    const clients = Array.from({ length: 100 }, (_, i) => {
      const client = connect(port, '127.0.0.1');
      client.on('connect', () => client.write(`m${i}`));
      return client;
    });
    await until(() => server.stderr.includes('the process has no free file descriptor (ulimit -n): new clients wait'));
    await setTimeout(1000);
    for (const client of clients) client.end();
    await until(() => lines(server.stdout).length === 100);
    server.kill('SIGTERM');
    assert.equal((await server.exit).code, 0);
    const turns = Number(/(\d+) turns/.exec(server.stderr)?.[1]);
    assert.ok(turns < 400, `${turns} turns`);
  });

  for (const [what, ...command] of [
    ['serve', 'serve'],
    ['serve --watch', 'serve', '--watch'],
    ['trace record', 'trace', 'record', '/dev/null'],
  ] as const) {
    it(`logs a reset after an urgent byte as a reset (tripoll ${what})`, async () => {
      using server = tripoll(...command, '--host', '127.0.0.1', '--port', '0', '--turns-per-second', '0');
      using client = new Client(['127.0.0.1', await server.servePort()]);
      client.socket.send(Buffer.from('!'), MSG_OOB);
      await until(() => server.stderr.includes('urgent byte 0x21'));
      client.reset();
      await until(() => / (\S+): 0 messages, 1 byte\n/.exec(server.stderr)?.[1] === 'reset');
    });
  }

  it('survives a client that resets its connection', async () => {
    using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0');
    const port = await server.servePort();
    const client = connect(port, '127.0.0.1');
    await until(() => server.stderr.includes('connected'));
    client.resetAndDestroy();
    await until(() => server.stderr.includes('reset: 0 messages'));
    await sendOnce(port, 'after');
    await until(() => server.stdout === 'after\n');
    server.kill('SIGTERM');
    assert.equal((await server.exit).code, 0);
  });

  it('ends when the reader of its output has gone', async () => {
    using server = tripoll('serve', '--host', '127.0.0.1', '--port', '0', '--timeout', '0.1');
    const port = await server.servePort();
    server.closeStdout();
    await sendOnce(port, 'nobody reads this');
    assert.equal((await server.exit).code, 0);
  });
});
