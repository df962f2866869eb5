import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Child, dist, until } from '../support/child.ts';
import { Client } from '../support/clients.ts';
import { NetClient, serve } from '../support/serve.ts';

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

// The kernel takes little output for a client with a small receive buffer, so the answers stay in the server.
const SMALL_BUFFER_BYTES = 4096;
const EMPTY_LINES_BYTES = 320 * 1024;
const MAX_MORE_BYTES = 100 * 2 ** 20;
const SEND_MS = 20_000;
const NO_PROGRESS_MS = 1500;

function rssBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}

describe('tripoll serve --echo with a heap of 256 MB', () => {
  it('keeps its memory bounded when 200 clients send empty lines and read nothing', async (t) => {
    const program = [process.execPath, '--max-old-space-size=256', `${dist}src/cli/main.js`, 'serve'];
    const options = ['--host', '127.0.0.1', '--port', '0', '--framing', 'line', '--echo'];
    using server = new Child('sh', '-c', 'exec "$@" >/dev/null', 'sh', ...program, ...options);
    const port = await server.servePort();
    const rest = rssBytes(server.pid);
    const clients = Array.from(
      { length: 200 },
      () => new Client(['127.0.0.1', port], '', undefined, SMALL_BUFFER_BYTES),
    );
    const lines = Buffer.alloc(EMPTY_LINES_BYTES, '\n');
    const sent = clients.map(() => 0);
    let most = rest;
    let total = 0;
    const startMs = performance.now();
    let progressMs = startMs;
    while (performance.now() < startMs + SEND_MS && performance.now() < progressMs + NO_PROGRESS_MS) {
      for (const [index, client] of clients.entries()) {
        const count = client.trySend(lines.subarray(sent[index]));
        sent[index]! += count;
        total += count;
        if (count > 0) progressMs = performance.now();
      }
      most = Math.max(most, rssBytes(server.pid));
      if (total === 200 * EMPTY_LINES_BYTES) break;
      await setTimeout(10);
    }
    t.diagnostic(
      `${total} bytes sent; ${Math.round((most - rest) / 2 ** 20)} MiB above ${Math.round(rest / 2 ** 20)} MiB`,
    );
    assert.ok(most - rest < MAX_MORE_BYTES, `${most - rest} bytes above rest`);
    using honest = new NetClient(port);
    await honest.send('hello\n');
    await until(() => honest.received === 'hello\n');
    for (const client of clients) client.close();
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });
});
