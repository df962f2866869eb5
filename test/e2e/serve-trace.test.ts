import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MSG_OOB, Socket } from '../../src/socket.ts';
import { type Child, until } from '../support/child.ts';
import { NetClient, serve } from '../support/serve.ts';

// The line of the wait that reports the urgent byte.
const urgentWaits = {
  select: (fd: string) => `, \\[\\], \\[${fd}\\], 30\\.000\\) = 1 \\(exc \\[${fd}\\]\\)`,
  poll: (fd: string) => `{fd=${fd}, events=POLLIN\\|POLLPRI}.*\\[{fd=${fd}, revents=POLLPRI}\\]`,
  epoll: (fd: string) => `{fd=${fd}, events=EPOLLIN\\|EPOLLPRI}.*\\[{fd=${fd}, events=EPOLLPRI}\\]`,
};

describe('tripoll serve --trace', () => {
  for (const [backend, call] of [
    ['select', /^select\(\d+, \[\d+( \d+)?\], \[\], \[\], 30\.000\) = 1 \(in \[\d+\]\) \d\.\d{3} s$/m],
    ['poll', /^poll\(\[\{fd=\d+, events=POLLIN\}\], 1, 30000\) = 1 \(\[\{fd=\d+, revents=POLLIN\}\]\) \d\.\d{3} s$/m],
    ['epoll', /^epoll_wait\(\[\{fd=\d+, events=EPOLLIN\}\], 1, 30000\) = 1 \(\[.*EPOLLIN\}\]\) \d\.\d{3} s$/m],
  ] as const) {
    it(`prints each turn, what the server did, and an urgent byte (${backend})`, async () => {
      using server = serve('--trace', '--timeout', '30', '--backend', backend, '--echo', '--framing', 'line');
      const port = await server.servePort();
      using client = new NetClient(port);
      await client.send('x\n');
      await until(() => client.received === 'x\n');
      client.socket.end();
      await until(() => server.stderr.includes(' eof: '));
      const [urgentFd, from] = await sendUrgentByte(server, port);
      server.kill('SIGTERM');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.match(server.stderr, call);
      assert.match(
        server.stderr,
        /^ {2}accept\(\d+\) = (\d+)\n[^]*^ {2}recv\(\1\) = 2\n {2}message of 1 byte from \1\n {2}send\(\1\) = 2\n/m,
      );
      assert.match(server.stderr, /^ {2}close\(\d+\)$/m);
      assert.match(server.stderr, / = 0 \(woken\) /);
      assert.ok(server.stderr.includes(`\ntripoll: 127.0.0.1:${from}: urgent byte 0x21\n`));
      assert.match(server.stderr, new RegExp(urgentWaits[backend](urgentFd)));
    });
  }
});

// Connects, and sends the urgent byte '!'. Returns the fd in the server, and the port of the client.
async function sendUrgentByte(server: Child, port: number): Promise<[fd: string, port: number]> {
  const seen = server.stderr.length;
  using client = new Socket();
  client.connect(['127.0.0.1', port]);
  const [, fd = ''] = await until(() => /^ {2}accept\(\d+\) = (\d+)$/m.exec(server.stderr.slice(seen)));
  client.send(Buffer.from('!'), MSG_OOB);
  await until(() => server.stderr.includes(`: urgent byte 0x21\n`));
  const [, from] = client.getsockname() as [string, number];
  return [fd, from];
}
