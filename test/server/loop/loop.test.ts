import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { until } from '../../support/child.ts';
import { type Serving, backends, serving } from '../../support/clients.ts';

const REST_MS = 500;
const LONGEST_REST_MS = 3000;
const TIMEOUT_SECONDS = 0.1;

// What happened before the server came to rest.
const states: [state: string, bring: (subject: Serving) => Promise<void>][] = [
  ['nobody', () => Promise.resolve()],
  [
    'an idle client',
    async (subject) => {
      subject.client('x');
      await subject.received(1);
    },
  ],
  [
    'a client that has closed its side',
    async (subject) => {
      const client = subject.client('x');
      client.socket.shutdown(1);
      await subject.ended(1);
      assert.equal(await client.end(), 'eof');
    },
  ],
  [
    'a client that has reset its connection',
    async (subject) => {
      const client = subject.client();
      await subject.connected(1);
      client.reset();
      await subject.ended(1);
    },
  ],
];

for (const backend of backends) {
  describe(`the loop of a server on ${backend}`, () => {
    it('makes one turn and one tick per timeout at rest, whatever clients did before', async () => {
      await Promise.all(
        states.map(([state, bring]) =>
          serving(backend, { timeoutSeconds: TIMEOUT_SECONDS }, async (subject) => {
            await bring(subject);
            await checkRest(subject, state);
          }),
        ),
      );
    });

    it('makes no tick while there is something to do', async () => {
      await serving(backend, { timeoutSeconds: 0.2 }, async (subject) => {
        using client = subject.client();
        for (let i = 1; i <= 20; i++) {
          client.send('x');
          await subject.received(i);
          await setTimeout(10);
        }
        assert.equal(subject.ticks, 0);
      });
    });

    it('lets a client and a server of node:net exchange a byte at once while it waits 30 s', async (t) => {
      await serving(backend, {}, async () => {
        const echo = createNetServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
        await once(echo, 'listening');
        const beganMs = performance.now();
        const client = connect((echo.address() as AddressInfo).port, '127.0.0.1');
        t.after(() => {
          client.destroy();
          echo.close();
        });
        client.write('x');
        await once(client, 'data');
        // No timer of Node runs meanwhile that would end the server's wait earlier.
        const ms = performance.now() - beganMs;
        assert.ok(ms < 2000, `${ms} ms`);
      });
    });

    it("lets Node's timers, promises and servers run while it waits 30 s", async () => {
      await serving(backend, {}, async (subject) => {
        const http = createServer((_, response) => response.end('from node:http')).listen(0, '127.0.0.1');
        await once(http, 'listening');
        const began = performance.now();
        await setTimeout(20);
        await new Promise(setImmediate);
        const { port } = http.address() as AddressInfo;
        const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
        assert.equal(await response.text(), 'from node:http');
        const ms = performance.now() - began;
        assert.ok(ms >= 19 && ms < 5000, `${ms} ms`);
        using _client = subject.client('served');
        await subject.received(1);
        assert.equal(subject.ticks, 0);
        http.close();
      });
    });
  });
}

/** Checks that each turn of a server at rest is a tick, and that there is one tick per timeout. */
async function checkRest(subject: Serving, state: string): Promise<void> {
  const turnsBefore = subject.server.stats().turns;
  const ticksBefore = subject.ticks;
  const beganMs = performance.now();
  await setTimeout(REST_MS);
  // A process that has had no processor for a while has made fewer turns by now than there were timeouts.
  await until(() => subject.ticks - ticksBefore >= 2);
  const ms = performance.now() - beganMs;
  const turns = subject.server.stats().turns - turnsBefore;
  assert.ok(turns <= ms / 1e3 / TIMEOUT_SECONDS + 1 && ms < LONGEST_REST_MS, `${state}: ${turns} turns in ${ms} ms`);
  assert.equal(subject.ticks - ticksBefore, turns, state);
}
