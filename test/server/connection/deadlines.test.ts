import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Connection, DisconnectReason, ServerOptions } from '../../../src/server.ts';
import { until } from '../../support/child.ts';
import { MovedClock } from '../../support/clock.ts';
import { backends, type Client, type Serving, serving, shrinkBuffers } from '../../support/clients.ts';

const LIMIT_SECONDS = 10;
// The clock moves to just before the deadline, and then to just after it.
const MARGIN_SECONDS = 0.5;
// The real time of a wait, in which nothing else happens.
const TIMEOUT_SECONDS = 0.02;

interface Deadline {
  what: string;
  options: Partial<ServerOptions>;
  reason: DisconnectReason;
  /** Called before the measured time starts. */
  prepare: (client: Client, subject: Serving) => Promise<void> | void;
  /** Called in the middle of the measured time. */
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

// The kernel goes on taking output for a moment after the client has stopped reading, and each byte moves a deadline.
async function outputRests(subject: Serving, clock: MovedClock): Promise<void> {
  let sent = -1;
  for (let unchanged = 0; unchanged < 10; unchanged++) {
    if (sent !== subject.server.stats().bytesSent) unchanged = 0;
    sent = subject.server.stats().bytesSent;
    await clock.move(0, subject);
  }
}

for (const backend of backends) {
  describe(`a server with deadlines on ${backend}`, { concurrency: true }, () => {
    it('firstByteSeconds: ends a client that only receives', async () => {
      const clock = new MovedClock();
      const options = { firstByteSeconds: LIMIT_SECONDS, timeoutSeconds: TIMEOUT_SECONDS, clock };
      await serving(backend, options, async (subject) => {
        using _client = subject.client();
        await subject.connected(1);
        for (let seconds = 0; seconds < LIMIT_SECONDS; seconds++) {
          subject.connections[0]!.write('news');
          assert.deepEqual(subject.reasons, []);
          await clock.move(1, subject);
        }
        await clock.move(MARGIN_SECONDS, subject);
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
        const clock = new MovedClock();
        await serving(backend, { ...common, ...options, clock }, async (subject) => {
          using client = subject.client();
          await prepare(client, subject);
          await outputRests(subject, clock);
          await clock.move(LIMIT_SECONDS / 2, subject);
          meanwhile?.(client);
          await clock.move(LIMIT_SECONDS / 2 - MARGIN_SECONDS, subject);
          assert.deepEqual(subject.reasons, []);
          await clock.move(2 * MARGIN_SECONDS, subject);
          assert.deepEqual([subject.reasons, subject.server.stats().disconnects], [[reason], { [reason]: 1 }]);
        });
      });
    }

    it('has no deadline where the option is 0', async () => {
      const clock = new MovedClock();
      const off = { firstByteSeconds: 0, messageSeconds: 0, idleSeconds: 0, writeStallSeconds: 0 };
      const onMessage = (_: Buffer, connection: Connection): void => {
        stall(connection);
      };
      await serving(backend, { ...common, ...off, drainSeconds: 0.1, onMessage, clock }, async (subject) => {
        const clients = ['', 'half', 'whole\n'].map((text) => subject.client(text));
        await subject.connected(3);
        await clock.move(1e6, subject);
        assert.deepEqual(subject.reasons, []);
        for (const client of clients) client.close();
      });
    });

    it('has no drain deadline when drainSeconds is 0', async () => {
      const clock = new MovedClock();
      await serving(backend, { ...common, drainSeconds: 0, firstByteSeconds: 0, clock }, async (subject) => {
        using client = subject.client();
        await subject.connected(1);
        subject.connections[0]!.end();
        assert.equal(await client.end(), 'eof');
        await clock.move(1e6, subject);
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
      const clock = new MovedClock();
      const options: Partial<ServerOptions> = {
        idleSeconds: LIMIT_SECONDS,
        firstByteSeconds: LIMIT_SECONDS,
        clock,
        onConnection: (connection) => {
          connection.pause();
        },
      };
      await serving(backend, { ...common, ...options }, async (subject) => {
        using _client = subject.client('waiting\n');
        await subject.connected(1);
        await clock.move(100, subject);
        assert.deepEqual(subject.reasons, []);
        subject.connections[0]!.resume();
        await subject.received(1);
        await clock.move(LIMIT_SECONDS - MARGIN_SECONDS, subject);
        assert.deepEqual(subject.reasons, []);
        await clock.move(2 * MARGIN_SECONDS, subject);
        assert.deepEqual(subject.reasons, ['idle']);
      });
    });

    it('ends 100 clients that send a byte now and then, and serves an honest one', async () => {
      const clock = new MovedClock();
      const limits = { messageSeconds: LIMIT_SECONDS, maxClients: 200 };
      await serving(backend, { ...common, ...limits, clock }, async (subject) => {
        const slow = Array.from({ length: 100 }, () => subject.client('x'));
        using honest = subject.client();
        await until(() => subject.server.stats().bytes === slow.length);
        for (let round = 1; round <= 4; round++) {
          await clock.move((LIMIT_SECONDS - MARGIN_SECONDS) / 4, subject);
          for (const client of slow) client.send('x');
          honest.send('honest\n');
          await subject.received(round);
        }
        assert.deepEqual(subject.reasons, []);
        await clock.move(2 * MARGIN_SECONDS, subject);
        assert.deepEqual(subject.server.stats().disconnects, { 'message-timeout': 100 });
        honest.send('honest\n');
        await subject.received(5);
        for (const client of slow) client.close();
      });
    });
  });
}
