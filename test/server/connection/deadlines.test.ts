import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, DisconnectReason, ServerOptions } from '../../../src/server.ts';
import { until } from '../../support/child.ts';
import { backends, type Client, type Serving, serving, shrinkBuffers } from '../../support/clients.ts';

const LIMIT_SECONDS = 0.2;
// Deadlines are checked on a tick, at least every 100 ms here.
const TIMEOUT_SECONDS = 0.05;
const LATEST_MS = 3000;

interface Deadline {
  what: string;
  options: Partial<ServerOptions>;
  reason: DisconnectReason;
  /** What the client does before the time starts to count. */
  prepare: (client: Client, subject: Serving) => Promise<void> | void;
  /** Called every 20 ms while the time counts. */
  meanwhile?: (client: Client) => void;
}

const stall = (connection: Connection): void => {
  shrinkBuffers(connection);
  connection.write(Buffer.alloc(8_000_000));
};

const deadlines: readonly Deadline[] = [
  {
    what: 'firstByteSeconds: a client that sends nothing',
    options: { firstByteSeconds: LIMIT_SECONDS },
    reason: 'idle',
    prepare: () => undefined,
  },
  {
    what: 'messageSeconds: a message that does not end, although bytes arrive',
    options: { messageSeconds: LIMIT_SECONDS },
    reason: 'message-timeout',
    prepare: (client) => {
      client.send('b');
    },
    meanwhile: (client) => {
      client.send('y');
    },
  },
  {
    what: 'messageSeconds: a message that started in the same recv as the end of the one before',
    options: { messageSeconds: LIMIT_SECONDS },
    reason: 'message-timeout',
    prepare: async (client, subject) => {
      client.send('whole\nhal');
      await subject.received(1);
    },
  },
  {
    what: 'messageSeconds: a PROXY header that does not end',
    options: { messageSeconds: LIMIT_SECONDS, proxyProtocol: true },
    reason: 'message-timeout',
    prepare: (client) => {
      client.send('PROXY ');
    },
  },
  {
    what: 'idleSeconds: a client that sends nothing more',
    options: { idleSeconds: LIMIT_SECONDS },
    reason: 'idle',
    prepare: async (client, subject) => {
      client.send('once\n');
      await subject.received(1);
    },
  },
  {
    what: 'idleSeconds: a client that has ended its side, with allowHalfOpen',
    options: { idleSeconds: LIMIT_SECONDS, allowHalfOpen: true },
    reason: 'idle',
    prepare: async (client, subject) => {
      client.send('once\n');
      await subject.received(1);
      client.finish();
    },
  },
  {
    what: 'writeStallSeconds: a client that does not read, although it sends',
    options: { writeStallSeconds: LIMIT_SECONDS, onConnection: stall },
    reason: 'write-stall',
    prepare: async (_, subject) => {
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
    prepare: async (_, subject) => {
      await subject.connected(1);
    },
    meanwhile: (client) => {
      client.send('busy\n');
    },
  },
  {
    what: 'drainSeconds: a client that does not read the output before end()',
    options: {
      drainSeconds: LIMIT_SECONDS,
      onConnection: (connection) => {
        stall(connection);
        connection.end();
      },
    },
    reason: 'drain-deadline',
    prepare: async (_, subject) => {
      await subject.connected(1);
    },
  },
];

/** A clock that moves only when the test says so: a test with it does not depend on the load of the machine. */
class MovedClock {
  #ms = 1000;

  nowMs(): number {
    return this.#ms;
  }

  /** Moves the clock, and waits until the server has checked the deadlines. */
  async move(seconds: number, subject: Serving): Promise<void> {
    this.#ms += seconds * 1e3;
    const { ticks } = subject;
    await until(() => subject.ticks >= ticks + 2);
  }
}

// Calls `act` every 20 ms until the connection has ended, for at most `ms`.
async function goOn(ms: number, subject: Serving, act: () => void): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < ms && subject.reasons.length === 0) {
    act();
    await setTimeout(20);
  }
}

for (const backend of backends) {
  describe(`a server with deadlines on ${backend}`, { concurrency: true }, () => {
    it('firstByteSeconds: ends a client that only receives', async () => {
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

    it('messageSeconds: does not count the time in which the connection is paused', async () => {
      const clock = new MovedClock();
      const options = { framing: 'line', messageSeconds: 10, timeoutSeconds: TIMEOUT_SECONDS, clock } as const;
      await serving(backend, options, async (subject) => {
        using client = subject.client('abc');
        await until(() => subject.server.stats().bytes === 3);
        subject.connections[0]!.pause();
        client.send('def');
        await clock.move(30, subject);
        subject.connections[0]!.resume();
        await until(() => subject.server.stats().bytes === 6);
        await clock.move(9, subject);
        client.send('\n');
        await subject.received(1);
        assert.deepEqual([subject.texts, subject.reasons], [['abcdef'], []]);
      });
    });

    const common = { framing: 'line', timeoutSeconds: TIMEOUT_SECONDS } as const;

    for (const { what, options, reason, prepare, meanwhile } of deadlines) {
      it(`ends a connection with ${reason}, neither early nor late: ${what}`, async () => {
        await serving(backend, { ...common, ...options }, async (subject) => {
          using client = subject.client();
          const began = performance.now();
          await prepare(client, subject);
          await goOn(LATEST_MS, subject, () => meanwhile?.(client));
          const ms = performance.now() - began;
          assert.deepEqual([subject.reasons, subject.server.stats().disconnects], [[reason], { [reason]: 1 }]);
          // The server reads its clock once per turn, which makes up to 5 ms.
          assert.ok(ms >= LIMIT_SECONDS * 1e3 - 5 && ms < LATEST_MS, `${ms} ms`);
        });
      });
    }

    it('has no deadline where the option is 0', async () => {
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

    it('has no drain deadline when drainSeconds is 0', async () => {
      await serving(backend, { ...common, drainSeconds: 0 }, async (subject) => {
        using client = subject.client();
        await subject.connected(1);
        subject.connections[0]!.end();
        assert.equal(await client.end(), 'eof');
        await setTimeout(300);
        assert.deepEqual(subject.reasons, []);
      });
    });

    it('does not end a client that is slow, but in time', async () => {
      const clock = new MovedClock();
      const limits = { messageSeconds: 10, idleSeconds: 10, firstByteSeconds: 10 };
      await serving(backend, { ...common, ...limits, clock }, async (subject) => {
        using client = subject.client();
        await subject.connected(1);
        for (let i = 1; i <= 4; i++) {
          await clock.move(9, subject);
          client.send('begin');
          await until(() => subject.server.stats().bytes === 9 * i - 4);
          await clock.move(9, subject);
          client.send('end\n');
          await subject.received(i);
        }
        assert.deepEqual(subject.reasons, []);
      });
    });

    it('does not count the time in which a connection with unread bytes is paused', async () => {
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

    it('ends 100 clients that send a byte now and then, and serves an honest one', async () => {
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
              // The server has closed the connection.
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
