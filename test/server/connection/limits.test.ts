import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { Server } from '../../../src/server.ts';
import { until } from '../../support/child.ts';
import { backends, Client, Serving, serverChild, serving } from '../../support/clients.ts';
import { withFdLimit } from '../../support/programs.ts';

interface Exhaustion {
  /** The counters of half a second without a free fd, in which one client sends. */
  meanwhile: { clients: number; messages: number; turns: number; exhausted: number };
  /** The time from the first free fd to the accept of the late client. */
  resumedAfterMs: number;
  /** The texts of all messages. */
  texts: string[];
}

for (const backend of backends) {
  describe(`a server with limits on ${backend}`, () => {
    it('lets a client wait in the queue, without spinning, until another client leaves', async () => {
      await serving(backend, { maxClients: 1, timeoutSeconds: 0.05 }, async (subject) => {
        using first = subject.client('first');
        using _second = subject.client('second');
        await subject.received(1);
        const before = subject.server.stats().turns;
        await setTimeout(500);
        const turns = subject.server.stats().turns - before;
        assert.ok(turns >= 3 && turns <= 15, `${turns} turns of 50 ms in 500 ms`);
        assert.deepEqual([subject.texts, subject.server.stats().connected], [['first'], 1]);
        first.close();
        await subject.received(2);
        assert.deepEqual(subject.texts, ['first', 'second']);
      });
    });

    it('ends a connection whose message is too long, after it has delivered the messages before', async () => {
      await serving(backend, { framing: 'line', maxMessageBytes: 8 }, async (subject) => {
        using client = subject.client('12345678\n123456789');
        await subject.ended(1);
        assert.deepEqual([subject.texts, subject.reasons], [['12345678'], ['too-large']]);
        assert.equal(await client.end(), 'eof');
      });
    });

    it('ends a connection with more than maxInputBytes of buffered input', async () => {
      await serving(backend, { framing: 'eof', maxInputBytes: 8 }, async (subject) => {
        using within = subject.client('12345678');
        using _beyond = subject.client('123456789');
        await subject.ended(1);
        assert.deepEqual([subject.texts, subject.reasons], [[], ['too-large']]);
        within.close();
        await subject.ended(2);
        assert.deepEqual([subject.texts, subject.reasons], [['12345678'], ['too-large', 'eof']]);
      });
    });

    it('delivers long messages when maxMessageBytes is set and maxInputBytes is not', async () => {
      const long = Buffer.alloc(3 * 2 ** 20, 'x');
      for (const maxMessageBytes of [16 * 2 ** 20, 0]) {
        await serving(backend, { framing: 'line', maxMessageBytes }, async (subject) => {
          using client = subject.client();
          for (let sent = 0; sent < long.length;) {
            sent += client.trySend(long.subarray(sent));
            await setTimeout(0);
          }
          client.send('\n');
          await subject.received(1);
          assert.equal(subject.messages[0]!.length, long.length);
        });
      }
    });

    it('has no limit of input where the limit is 0', async () => {
      const zeros = { maxInputBytes: 0, acceptsPerTurn: 0, bytesPerVisit: 0, maxClientsPerAddress: 0, maxClients: 0 };
      await serving(backend, { framing: 'eof', ...zeros }, async (subject) => {
        const clients = Array.from({ length: 100 }, () => subject.client('x'.repeat(1000)));
        await subject.connected(100);
        for (const client of clients) client.close();
        await subject.received(100);
        await subject.ended(100);
        assert.deepEqual(subject.server.stats().disconnects, { eof: 100 });
      });
    });

    it('lets the others wait in the queue when many clients connect at once', async () => {
      let most = 0;
      const onMessage = (): void => {
        most = Math.max(most, subject.server.stats().connected);
      };
      const subject: Serving = new Serving(backend, { maxClients: 2, onMessage });
      const clients = Array.from({ length: 6 }, (_, i) => subject.client(`m${i}`));
      const done = subject.server.serveForever();
      for (const [i, client] of clients.entries()) {
        await subject.received(i + 1);
        client.close();
      }
      await subject.ended(6);
      assert.equal(most, 2);
      subject.server.shutdown();
      await done;
    });

    it('accepts the next client at once when a timer has closed a connection in the middle of a wait', async () => {
      await serving(backend, { maxClients: 1 }, async (subject) => {
        using first = subject.client();
        using second = subject.client('second');
        await subject.connected(1);
        await setTimeout(20);
        const began = performance.now();
        subject.connections[0]!.close();
        await subject.received(1);
        assert.ok(performance.now() - began < 2000);
        assert.equal(await first.end(), 'eof');
        assert.deepEqual([subject.reasons, subject.ticks], [['closed'], 0]);
        second.send('more');
        await subject.received(2);
      });
    });

    it('has no limit of clients where maxClients is 0', async () => {
      await serving(backend, { maxClients: 0 }, async (subject) => {
        const clients = Array.from({ length: 100 }, () => subject.client());
        await subject.connected(100);
        assert.equal(subject.server.stats().connected, 100);
        for (const client of clients) client.close();
        await subject.ended(100);
      });
    });
  });
}

describe('a server that had no free fd for a client', { concurrency: true }, () => {
  for (const backend of backends) {
    it(`accepts it when fds are free, also while another client keeps the server busy (${backend})`, async () => {
      using child = serverChild(exhaust, ['env', `BACKEND=${backend}`, ...withFdLimit(128)]);
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      const { meanwhile, resumedAfterMs, texts } = JSON.parse(child.stdout) as Exhaustion;
      assert.equal(meanwhile.clients, 1);
      assert.ok(meanwhile.messages >= 10, `${meanwhile.messages} messages`);
      assert.ok(meanwhile.exhausted >= 2 && meanwhile.exhausted <= 6, `exhausted ${meanwhile.exhausted} times`);
      assert.ok(meanwhile.turns <= meanwhile.messages + 12, `${meanwhile.turns} turns, ${meanwhile.messages} messages`);
      assert.ok(resumedAfterMs < 2 * 200, `${resumedAfterMs} ms`);
      assert.ok(texts.includes('late'), String(texts));
    });
  }
});

// Runs in a child that can open 128 fds: Node opens many of the modules at a time, so fewer are not always enough to start.
// The late client connects in the same turn of Node's loop in which the last fds are opened.
async function exhaust(
  { Server }: typeof import('../../../src/server.ts'),
  { createConnection }: typeof import('../../../src/socket.ts'),
): Promise<void> {
  const { closeSync, openSync } = await import('node:fs');
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => globalThis.setTimeout(resolve, ms));
  const texts: string[] = [];
  let exhausted = 0;
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend: process.env.BACKEND as 'select',
    timeoutSeconds: 0.2,
    onMessage: (message) => texts.push(message.toString()),
    onExhausted: () => exhausted++,
  });
  const done = server.serveForever();
  const address = ['127.0.0.1', Number(server.address()[1])] as const;
  const busy = createConnection(address);
  while (server.stats().clients === 0) await sleep(5);
  const late = createConnection(address);
  late.sendall(Buffer.from('late'));
  const openFds: number[] = [];
  try {
    for (;;) openFds.push(openSync('/dev/null', 'r'));
  } catch {
    // EMFILE: all fds are open.
  }
  const before = server.stats();
  const timer = setInterval(() => {
    busy.sendall(Buffer.from('x'));
  }, 10);
  await sleep(500);
  const { clients, messages, turns } = server.stats();
  const meanwhile = { clients, messages: messages - before.messages, turns: turns - before.turns, exhausted };
  for (const fd of openFds) closeSync(fd);
  const freed = performance.now();
  while (server.stats().clients === 1 && performance.now() - freed < 3000) await sleep(5);
  const resumedAfterMs = performance.now() - freed;
  await sleep(50);
  clearInterval(timer);
  server.shutdown();
  await done;
  console.log(JSON.stringify({ meanwhile, resumedAfterMs, texts }));
}

it('a server uses the default of an option that is undefined', async () => {
  const texts: string[] = [];
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend: undefined,
    timeoutSeconds: undefined,
    backlog: undefined,
    maxClients: undefined,
    onConnection: undefined,
    onDisconnect: undefined,
    onTick: undefined,
    onExhausted: undefined,
    onError: undefined,
    onMessage: (message) => texts.push(message.toString()),
  });
  const done = server.serveForever();
  const clients = ['a', 'b'].map((text) => new Client(server.address(), text));
  await until(() => texts.length === 2);
  const before = server.stats().turns;
  await setTimeout(1300);
  const turns = server.stats().turns - before;
  assert.ok(turns >= 1 && turns <= 2, `${turns} turns of 1 s in 1.3 s`);
  for (const client of clients) client.close();
  server.shutdown();
  await done;
});
