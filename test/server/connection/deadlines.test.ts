import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, DisconnectReason, ServerOptions } from '../../../src/server.ts';
import { backends, type Client, type Serving, serving, shrinkBuffers } from '../../support/clients.ts';

const LIMIT_SECONDS = 0.2;
// Deadlines are checked on a tick, at least every 100 ms here.
const TIMEOUT_SECONDS = 0.05;
const LATEST_MS = 3000;

interface Deadline {
  what: string;
  options: Partial<ServerOptions>;
  reason: DisconnectReason;
  /** What the client does, until the clock begins to run. */
  bring: (client: Client, subject: Serving) => Promise<void> | void;
  /** What goes on while it runs; called every 20 ms. */
  meanwhile?: (client: Client) => void;
}

const stall = (connection: Connection): void => {
  shrinkBuffers(connection);
  connection.write(Buffer.alloc(8_000_000));
};

const deadlines: readonly Deadline[] = [
  {
    what: 'firstByteSeconds: a client that says nothing',
    options: { firstByteSeconds: LIMIT_SECONDS },
    reason: 'idle',
    bring: () => undefined,
  },
  {
    what: 'messageSeconds: a message that does not end, though bytes come',
    options: { messageSeconds: LIMIT_SECONDS },
    reason: 'message-timeout',
    bring: (client) => {
      client.send('b');
    },
    meanwhile: (client) => {
      client.send('y');
    },
  },
  {
    what: 'messageSeconds: the rest of a chunk that ended a message before',
    options: { messageSeconds: LIMIT_SECONDS },
    reason: 'message-timeout',
    bring: async (client, subject) => {
      client.send('whole\nhal');
      await subject.received(1);
    },
  },
  {
    what: 'messageSeconds: a PROXY header that does not end',
    options: { messageSeconds: LIMIT_SECONDS, proxyProtocol: true },
    reason: 'message-timeout',
    bring: (client) => {
      client.send('PROXY ');
    },
  },
  {
    what: 'idleSeconds: a client that says nothing more',
    options: { idleSeconds: LIMIT_SECONDS },
    reason: 'idle',
    bring: async (client, subject) => {
      client.send('once\n');
      await subject.received(1);
    },
  },
  {
    what: 'idleSeconds: a client that has ended its side, where that may be',
    options: { idleSeconds: LIMIT_SECONDS, allowHalfOpen: true },
    reason: 'idle',
    bring: async (client, subject) => {
      client.send('once\n');
      await subject.received(1);
      client.finish();
    },
  },
  {
    what: 'writeStallSeconds: a client that does not read, though it writes',
    options: { writeStallSeconds: LIMIT_SECONDS, onConnection: stall },
    reason: 'write-stall',
    bring: async (_, subject) => {
      await subject.connected(1);
    },
    meanwhile: (client) => {
      client.send('busy\n');
    },
  },
  {
    what: 'drainSeconds: a client that does not end its side after ours',
    options: {
      drainSeconds: LIMIT_SECONDS,
      onConnection: (connection) => {
        connection.end('bye');
      },
    },
    reason: 'drain-deadline',
    bring: async (_, subject) => {
      await subject.connected(1);
    },
    meanwhile: (client) => {
      client.send('busy\n');
    },
  },
  {
    what: 'drainSeconds: a client that does not read what was written before the end',
    options: {
      drainSeconds: LIMIT_SECONDS,
      onConnection: (connection) => {
        stall(connection);
        connection.end();
      },
    },
    reason: 'drain-deadline',
    bring: async (_, subject) => {
      await subject.connected(1);
    },
  },
];

// Ends where the connection has, or after so many ms.
async function goOn(ms: number, subject: Serving, act: () => void): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < ms && subject.reasons.length === 0) {
    act();
    await setTimeout(20);
  }
}

for (const backend of backends) {
  describe(`the deadlines of a connection on ${backend}`, { concurrency: true }, () => {
    it('firstByteSeconds: do not wait for ever for a client that only listens', async () => {
      const options = { firstByteSeconds: LIMIT_SECONDS, timeoutSeconds: TIMEOUT_SECONDS };
      await serving(backend, options, async (subject) => {
        using _client = subject.client();
        await subject.connected(1);
        const timer = setInterval(() => subject.connections[0]!.write('news'), 20);
        await subject.ended(1);
        clearInterval(timer);
        assert.deepEqual(subject.reasons, ['idle']);
      });
    });

    it('messageSeconds: do not count the time in which the server has paused the client', async () => {
      const options = { framing: 'line', messageSeconds: LIMIT_SECONDS, timeoutSeconds: TIMEOUT_SECONDS } as const;
      await serving(backend, options, async (subject) => {
        using client = subject.client('abc');
        await subject.connected(1);
        await setTimeout(20);
        subject.connections[0]!.pause();
        client.send('def\n');
        await setTimeout(3 * LIMIT_SECONDS * 1e3);
        subject.connections[0]!.resume();
        await subject.received(1);
        assert.deepEqual([subject.texts, subject.reasons], [['abcdef'], []]);
      });
    });

    const common = { framing: 'line', timeoutSeconds: TIMEOUT_SECONDS } as const;

    for (const { what, options, reason, bring, meanwhile } of deadlines) {
      it(`end it with ${reason}, neither early nor late, by ${what}`, async () => {
        await serving(backend, { ...common, ...options }, async (subject) => {
          using client = subject.client();
          const began = performance.now();
          await bring(client, subject);
          await goOn(LATEST_MS, subject, () => meanwhile?.(client));
          const ms = performance.now() - began;
          assert.deepEqual([subject.reasons, subject.server.stats().disconnects], [[reason], { [reason]: 1 }]);
          // The server's clock stands still during a turn: 5 ms.
          assert.ok(ms >= LIMIT_SECONDS * 1e3 - 5 && ms < LATEST_MS, `${ms} ms`);
        });
      });
    }

    it('are off with 0', async () => {
      const off = { firstByteSeconds: 0, messageSeconds: 0, idleSeconds: 0, writeStallSeconds: 0 };
      const onMessage = (_: Buffer, connection: Connection): void => {
        stall(connection);
      };
      await serving(backend, { ...common, ...off, drainSeconds: 0.1, onMessage }, async (subject) => {
        const clients = ['', 'half', 'whole\n'].map((text) => subject.client(text));
        await subject.connected(3);
        await setTimeout(500);
        assert.deepEqual(subject.reasons, []);
        for (const client of clients) client.close();
      });
    });

    it('drainSeconds is off with 0', async () => {
      await serving(backend, { ...common, drainSeconds: 0 }, async (subject) => {
        using client = subject.client();
        await subject.connected(1);
        subject.connections[0]!.end();
        assert.equal(await client.end(), 'eof');
        await setTimeout(300);
        assert.deepEqual(subject.reasons, []);
      });
    });

    it('do not end a client that is slow, but in time', async () => {
      // All of it takes longer than each limit. A pause is so much shorter than the limit that the test passes when this
      // process has to wait 700 ms for a processor.
      const limits = { messageSeconds: 1, idleSeconds: 1, firstByteSeconds: 1 };
      const PAUSE_MS = 300;
      await serving(backend, { ...common, ...limits }, async (subject) => {
        using client = subject.client();
        for (let i = 1; i <= 2; i++) {
          await setTimeout(PAUSE_MS);
          client.send('begin');
          await setTimeout(PAUSE_MS);
          client.send('end\n');
          await subject.received(i);
        }
        assert.deepEqual(subject.reasons, []);
      });
    });

    it('do not count the time in which it is not read from: paused, its bytes waiting', async () => {
      const options: Partial<ServerOptions> = {
        idleSeconds: LIMIT_SECONDS,
        firstByteSeconds: LIMIT_SECONDS,
        onConnection: (connection) => {
          connection.pause();
        },
      };
      await serving(backend, { ...common, ...options }, async (subject) => {
        using _client = subject.client('waiting\n');
        await subject.connected(1);
        await setTimeout(500);
        assert.deepEqual(subject.reasons, []);
        const resumed = performance.now();
        subject.connections[0]!.resume();
        await subject.received(1);
        await subject.ended(1);
        assert.ok(performance.now() - resumed >= LIMIT_SECONDS * 1e3 - 5);
        assert.deepEqual(subject.reasons, ['idle']);
      });
    });

    it('end 100 clients that send a byte now and then, and leave an honest one alone', async () => {
      await serving(backend, { ...common, messageSeconds: LIMIT_SECONDS, maxClients: 200 }, async (subject) => {
        const slow = Array.from({ length: 100 }, () => subject.client('x'));
        using honest = subject.client();
        const began = performance.now();
        let honestly = 0;
        while (subject.reasons.length < 100 && performance.now() - began < LATEST_MS) {
          honest.send('honest\n');
          honestly++;
          for (const client of slow.slice(0, 100 - subject.reasons.length)) {
            try {
              client.send('x');
            } catch {
              // It has been closed.
            }
          }
          await setTimeout(20);
        }
        await subject.received(honestly);
        assert.deepEqual(subject.server.stats().disconnects, { 'message-timeout': 100 });
        for (const client of slow) client.close();
      });
    });
  });
}
