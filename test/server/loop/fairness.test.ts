import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { type Backend, type Connection, Server } from '../../../src/server.ts';
import { backends, Client } from '../../support/clients.ts';
import { MovedClock } from '../../support/clock.ts';

interface Case {
  /** How many lines each client sends before the server starts. */
  readonly amounts: readonly number[];
  readonly messagesPerVisit: number;
  /** How long the handler takes for each line, on the server's clock: a turn of 10 ms ends after some of them. */
  readonly msPerMessage: number;
  readonly blocking: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  amounts: fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 400 })), {
    minLength: 2,
    maxLength: 10,
  }),
  messagesPerVisit: fc.integer({ min: 1, max: 64 }),
  msPerMessage: fc.constantFrom(0, 0.1, 3, 30),
  blocking: fc.boolean(),
});

// Serves until all lines have arrived. Returns the connections in the order of their lines.
async function order(backend: Backend, { amounts, messagesPerVisit, msPerMessage, blocking }: Case): Promise<number[]> {
  const clock = new MovedClock();
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const served: number[] = [];
  const next = new Map<Connection, number>();
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend,
    framing: 'line',
    messagesPerVisit,
    clock,
    drainSeconds: 0,
    onMessage(message, connection) {
      const [client, number] = message.toString().split(' ').map(Number) as [number, number];
      assert.equal(number, next.get(connection) ?? 0, 'the order within a connection');
      next.set(connection, number + 1);
      served.push(client);
      clock.advance(msPerMessage / 1e3);
      if (served.length === total) server.close();
    },
  });
  const clients = amounts.map((amount, client) => {
    const lines = Array.from({ length: amount }, (_, number) => `${client} ${number}\n`);
    return new Client(server.address(), lines.join(''));
  });
  if (blocking) server.serveForeverBlocking();
  else await server.serveForever();
  for (const client of clients) client.close();
  return served;
}

// A visit delivers at most `share` messages. It may deliver fewer when its time is up, but never fewer than this.
const MIN_MESSAGES = 16;

// Line n of a client comes in one of its first n / least visits, and each other client has been visited at most as often.
function assertFair(served: readonly number[], amounts: readonly number[], share: number): void {
  const least = Math.min(share, MIN_MESSAGES);
  const counts = amounts.map(() => 0);
  served.forEach((client, position) => {
    counts[client]!++;
    const visits = Math.ceil(counts[client]! / least);
    const bound = amounts.reduce((sum, amount) => sum + Math.min(amount, visits * share), 0);
    assert.ok(position < bound, `line ${counts[client]!} of client ${client} came at ${position}, not before ${bound}`);
  });
}

describe('the run queue of a server', () => {
  for (const backend of backends) {
    it(`serves every client within a bounded number of visits, whatever the others send (${backend})`, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (one) => {
          assertFair(await order(backend, one), one.amounts, one.messagesPerVisit);
        }),
        { numRuns: 40 },
      );
    });

    it(`serves who has sent little before who has sent more than 4 KiB in a visit (${backend})`, async () => {
      const clock = new MovedClock();
      const served: string[] = [];
      const server = new Server({
        address: ['127.0.0.1', 0],
        backend,
        framing: 'line',
        messagesPerVisit: 1,
        clock,
        onMessage(message) {
          served.push(message.toString('latin1', 0, 1));
          // Each turn has time for one visit.
          clock.advance(0.03);
          if (served.length === 3) {
            large.send('L\n');
            small.send('S\n');
          }
          if (served.length === 8) server.close();
        },
      });
      const large = new Client(server.address(), `L${'x'.repeat(5000)}\n`);
      const small = new Client(server.address(), 'S\n');
      const busy = new Client(server.address(), 'B\nB\nB\nB\n');
      await server.serveForever();
      for (const client of [large, small, busy]) client.close();
      assert.equal(served.slice(0, 3).sort().join(''), 'BLS');
      assert.equal(served.slice(3).join(''), 'SBLBB');
    });
  }
});
