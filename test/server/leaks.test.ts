import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Connection, ServerOptions } from '../../src/server.ts';
import { backends, type Client, Serving } from '../support/clients.ts';
import { countFds } from '../support/fds.ts';
import { someOf } from '../support/long-run.ts';

const CYCLES = 1000;
const MAX_GROWTH_BYTES = 600_000;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const heapBytes = (): number => {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

type Cycle = (subject: Serving) => Client;

const cycles: Readonly<Record<string, [options: Partial<ServerOptions>, cycle: Cycle]>> = {
  'of clients that connect, send and close': [{}, (subject) => subject.client('message')],
  'of clients that are answered later': [
    {
      onMessage: async (message: Buffer, connection: Connection) => {
        await Promise.resolve();
        connection.write(message);
        await connection.drain();
        connection.end();
      },
    },
    (subject) => subject.client('message'),
  ],
  'of clients whose handler throws': [
    {
      onMessage: () => {
        throw new Error('from a handler');
      },
    },
    (subject) => subject.client('message'),
  ],
  'of clients that are shed': [{ maxClientsPerAddress: 1 }, (subject) => subject.client()],
  'of clients that send no PROXY header': [{ proxyProtocol: true }, (subject) => subject.client('malformed')],
};

async function run(subject: Serving, cycle: Cycle, count: number): Promise<void> {
  const { server } = subject;
  for (const all = server.stats().clients + count; server.stats().clients < all;) {
    const most = server.stats().clients + 10;
    const clients = Array.from({ length: 10 }, () => cycle(subject));
    while (server.stats().clients < most) await new Promise(setImmediate);
    for (const client of clients) client.close();
    while (server.stats().connected > 0) await new Promise(setImmediate);
    for (const list of [subject.connections, subject.messages, subject.reasons, subject.errors]) list.length = 0;
  }
}

for (const backend of backends) {
  describe(`a server on ${backend}`, () => {
    // Only the first kind differs from one wait set to another.
    for (const [what, [options, cycle]] of backend === 'epoll'
      ? Object.entries(cycles)
      : someOf(Object.entries(cycles))) {
      it(`keeps no fd and no memory ${what}`, async () => {
        const fds = countFds();
        const subject = new Serving(backend, options);
        const done = subject.server.serveForever();
        const atRest = countFds();
        await run(subject, cycle, 300);
        const before = heapBytes();
        await run(subject, cycle, CYCLES);
        const growth = heapBytes() - before;
        assert.equal(countFds(), atRest);
        assert.ok(growth < MAX_GROWTH_BYTES, `${growth} bytes more`);
        subject.server.shutdown();
        await done;
        assert.equal(countFds(), fds);
      });
    }
  });
}
