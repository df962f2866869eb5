import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { until } from '../support/child.ts';
import { NetClient, serve } from '../support/serve.ts';

describe('tripoll serve --trace', () => {
  for (const [backend, call] of [
    ['select', /^select\(\d+, \[\d+( \d+)?\], \[\], \[\], 30\.000\) = 1 \(in \[\d+\]\) \d\.\d{3} s$/m],
    ['poll', /^poll\(\[\{fd=\d+, events=POLLIN\}\], 1, 30000\) = 1 \(\[\{fd=\d+, revents=POLLIN\}\]\) \d\.\d{3} s$/m],
    ['epoll', /^epoll_wait\(\[\{fd=\d+, events=EPOLLIN\}\], 1, 30000\) = 1 \(\[.*EPOLLIN\}\]\) \d\.\d{3} s$/m],
  ] as const) {
    it(`prints each turn, and what was done (${backend})`, async () => {
      using server = serve('--trace', '--timeout', '30', '--backend', backend, '--echo', '--framing', 'line');
      using client = new NetClient(await server.servePort());
      await client.send('x\n');
      await until(() => client.received === 'x\n');
      client.socket.end();
      server.kill('SIGTERM');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.match(server.stderr, call);
      assert.match(
        server.stderr,
        /^ {2}accept\(\d+\) = (\d+)\n[^]*^ {2}recv\(\1\) = 2\n {2}message of 1 byte from \1\n {2}send\(\1\) = 2\n/m,
      );
      assert.match(server.stderr, /^ {2}close\(\d+\)$/m);
      assert.match(server.stderr, / = 0 \(woken\) /);
    });
  }
});
