import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type Child, until } from '../support/child.ts';
import { serve } from '../support/serve.ts';

const FLOODERS = 100;
const LINES = Buffer.from('x\n'.repeat(16_384));
const FLOOD_MS = 1000;
// The server ignores a second signal within 300 ms.
const LATER_MS = 500;
// Without a budget for a turn, the end took more than 10 s. The machine may be busy with other tests.
const MAX_END_MS = 8000;

const sockets: Socket[] = [];

/** Sends lines as fast as the server takes them, and reads no answer. */
function flood(port: number): void {
  const socket = connect(port, '127.0.0.1');
  const sendMore = (): void => {
    while (socket.write(LINES));
  };
  socket.on('error', () => undefined).on('drain', sendMore);
  sendMore();
  sockets.push(socket);
}

async function serveFlooders(...args: string[]): Promise<Child> {
  const server = serve('--framing', 'line', '--echo', '--quiet', '--metrics', '127.0.0.1:0', ...args);
  const port = await server.servePort();
  for (let i = 0; i < FLOODERS; i++) flood(port);
  await setTimeout(FLOOD_MS);
  return server;
}

async function statusOfLivez(server: Child): Promise<number> {
  const url = await until(() => /metrics on (http:\S+)\/metrics/.exec(server.stderr)?.[1]);
  return (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(MAX_END_MS) })).status;
}

describe('tripoll serve under a flood of short lines whose senders read nothing', () => {
  after(() => {
    for (const socket of sockets) socket.destroy();
  });

  for (const backend of ['select', 'epoll']) {
    it(`answers /livez, and ends within --drain-seconds after SIGTERM (${backend})`, async () => {
      using server = await serveFlooders('--drain-seconds', '1', '--backend', backend);
      assert.equal(await statusOfLivez(server), 200);
      const startMs = performance.now();
      server.kill('SIGTERM');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      const ms = performance.now() - startMs;
      assert.ok(ms < MAX_END_MS, `${ms} ms after SIGTERM`);
      assert.match(server.stderr, /drain-deadline/);
    });
  }

  it('ends at once after a second SIGTERM', async () => {
    using server = await serveFlooders('--drain-seconds', '0');
    server.kill('SIGTERM');
    await setTimeout(LATER_MS);
    const startMs = performance.now();
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 143, signal: null });
    const ms = performance.now() - startMs;
    assert.ok(ms < MAX_END_MS / 2, `${ms} ms after the second SIGTERM`);
  });
});
