import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { until } from '../support/child.ts';
import { NetClient, serve } from '../support/serve.ts';

// The server ignores a second signal within 300 ms.
const LATER_MS = 500;

describe('tripoll serve', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`lets a client finish its message after ${signal}, and accepts no new client`, async () => {
      using server = serve('--framing', 'line');
      const port = await server.servePort();
      using client = new NetClient(port);
      await client.send('half ');
      await until(() => server.stderr.includes('connected'));
      server.kill(signal);
      await until(() => server.stderr.includes(`${signal}: finishing with 1 client, at most `));
      using late = new NetClient(port);
      await until(() => late.ended);
      await client.send('a message\n');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.equal(server.stdout, 'half a message\n');
      assert.match(server.stderr, /closed: 1 message, 15 bytes\ntripoll: ended: 1 client, 1 message/);
    });
  }

  it('closes a client that does not finish within --drain-seconds, and ends with exit code 0', async () => {
    using server = serve('--framing', 'line', '--drain-seconds', '0.3');
    using client = new NetClient(await server.servePort());
    await client.send('half');
    await until(() => server.stderr.includes('connected'));
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.match(server.stderr, / drain-deadline: 0 messages, 4 bytes\n/);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    it(`ends immediately at a second ${signal}, with exit code ${code}, but not at a copy of the first`, async () => {
      using server = serve('--framing', 'line', '--drain-seconds', '0');
      using client = new NetClient(await server.servePort());
      await client.send('half');
      await until(() => server.stderr.includes('connected'));
      server.kill(signal);
      server.kill(signal);
      await setTimeout(LATER_MS);
      assert.doesNotMatch(server.stderr, /ended/);
      server.kill(signal);
      assert.deepEqual(await server.exit, { code, signal: null });
      assert.match(server.stderr, / closed: 0 messages, 4 bytes\ntripoll: ended: 1 client/);
    });
  }

  it('prints the state of every connection at SIGUSR2', async () => {
    using server = serve(
      '--echo',
      '--framing',
      'line',
      '--log-level',
      'silent',
      '--quiet',
      '--trace',
      '--timeout',
      '0.1',
    );
    const port = await until(() => /\[(\d+)\], \[\], \[\], 0\.100\)/.exec(server.stderr)).then(() =>
      server.listeningPort(),
    );
    using client = new NetClient(port);
    await client.send('hello\n');
    await until(() => client.received === 'hello\n');
    server.kill('SIGUSR2');
    const [, fd, peer] = await until(() =>
      /^status: 1 connected, 1 client, 1 message, 6 bytes, \d+ turns\n {2}fd (\d+) {2}(\S+) {2}age \d+\.\d s {2}1 message, the last \d+\.\d s ago {2}in 6 {2}out 6 {2}buffered 0$/m.exec(
        server.stderr,
      ),
    );
    assert.equal(peer, `127.0.0.1:${client.socket.localPort}`);
    assert.ok(server.stderr.includes(`accept(`) && server.stderr.includes(` = ${fd}\n`));
    assert.doesNotMatch(server.stderr, /^tripoll:/m);
  });

  it('logs only events of --log-level and of more important levels', async () => {
    using server = serve('--log-level', 'warn', '--max-clients-per-address', '1');
    const port = await server.listeningPort();
    using first = new NetClient(port);
    await first.send('x');
    await until(() => server.stdout === 'x\n');
    using second = new NetClient(port);
    await until(() => second.ended);
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.equal(server.stderr, 'tripoll: overload: clients above the limits are closed\n');
  });
});
