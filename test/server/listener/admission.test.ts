import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { TurnAction, TurnRecord } from '../../../src/server.ts';
import { errnoOf } from '../../../src/sys.ts';
import { MovedClock } from '../../support/clock.ts';
import { until } from '../../support/child.ts';
import { assertRest, backends, Client, Serving, serverChild, serving } from '../../support/clients.ts';
import { countFds } from '../../support/fds.ts';
import { withFdLimit } from '../../support/programs.ts';
import { temporaryFolder } from '../../support/socket-pairs.ts';

const folder = temporaryFolder();

// The positive results of one kind of call, one list for each turn that made such calls.
const perTurn = (turns: readonly TurnRecord[], call: TurnAction['call']): number[][] =>
  turns
    .map(({ did }) => did.filter((action) => action.call === call && action.result > 0).map(({ result }) => result))
    .filter((results) => results.length > 0);

for (const backend of backends) {
  describe(`a server on ${backend}`, () => {
    it('stops accepting at maxClients without spinning, and goes on at once when a client leaves', async () => {
      await serving(backend, { maxClients: 2, timeoutSeconds: 0.1 }, async (subject) => {
        const clients = ['a', 'b', 'c', 'd'].map((text) => subject.client(text));
        await subject.received(2);
        await assertRest(subject, 0.1, 400);
        assert.deepEqual([subject.server.stats().connected, subject.reasons], [2, []]);
        for (const client of clients) client.close();
        await subject.ended(4);
        assert.deepEqual(subject.texts.toSorted(), ['a', 'b', 'c', 'd']);
      });
    });

    it("closes further clients above maxClients with overload: 'shed', and delivers no message of theirs", async () => {
      const before = countFds();
      await serving(backend, { maxClients: 2, overload: 'shed' }, async (subject) => {
        const stay = [subject.client('a'), subject.client('b')];
        await subject.received(2);
        const shed = Array.from({ length: 20 }, () => subject.client('not heard'));
        await subject.ended(20);
        for (const client of shed) assert.match(await client.end(), /^eof$|^ECONNRESET$/);
        assert.deepEqual(subject.server.stats().disconnects, { shed: 20 });
        stay[0]!.send('c');
        await subject.received(3);
        assert.deepEqual(subject.texts.toSorted(), ['a', 'b', 'c']);
        stay[1]!.close();
        await subject.ended(21);
        using _next = subject.client('d');
        await subject.received(4);
        for (const client of [...stay, ...shed]) client.close();
      });
      assert.equal(countFds(), before);
    });

    it('closes further clients above maxClientsPerAddress, and counts each address separately', async () => {
      await serving(backend, { maxClientsPerAddress: 2 }, async (subject) => {
        const from = (host: string): Client => new Client(subject.server.address(), 'x', host);
        const clients = ['127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.2'].map(from);
        await subject.received(4);
        using third = from('127.0.0.1');
        await subject.ended(1);
        assert.match(await third.end(), /^eof$|^ECONNRESET$/);
        assert.deepEqual([subject.reasons, subject.connections.length], [['shed'], 4]);
        clients[0]!.close();
        await subject.ended(2);
        using _again = from('127.0.0.1');
        await subject.received(5);
        for (const client of clients) client.close();
      });
    });

    it('keeps a tenth of maxClients for other addresses, unless maxClientsPerAddress is given', async () => {
      await serving(backend, { maxClients: 10 }, async (subject) => {
        const clients = Array.from({ length: 10 }, () => new Client(subject.server.address(), 'x', '127.0.0.1'));
        await subject.received(9);
        await subject.ended(1);
        clients.push(new Client(subject.server.address(), 'y', '127.0.0.2'));
        await subject.received(10);
        assert.deepEqual([subject.reasons, subject.texts.at(-1)], [['shed'], 'y']);
        for (const client of clients) client.close();
      });
      for (const limits of [{ maxClients: 9 }, { maxClients: 10, maxClientsPerAddress: 0 }]) {
        await serving(backend, limits, async (subject) => {
          const clients = Array.from({ length: limits.maxClients }, () => subject.client('x'));
          await subject.received(limits.maxClients);
          assert.deepEqual(subject.reasons, []);
          for (const client of clients) client.close();
        });
      }
    });

    it('does not count the clients of a Unix socket by address', async () => {
      await serving(backend, { address: join(folder, backend), maxClientsPerAddress: 1 }, async (subject) => {
        const clients = [1, 2, 3].map(() => subject.client('x'));
        await subject.received(3);
        assert.deepEqual(subject.reasons, []);
        for (const client of clients) client.close();
      });
    });

    it('accepts at most acceptsPerTurn clients per turn, and all of them in the end', async () => {
      const turns: TurnRecord[] = [];
      const subject = new Serving(backend, { acceptsPerTurn: 3, onTurn: (turn) => turns.push(turn) });
      const clients = Array.from({ length: 10 }, () => subject.client());
      const done = subject.server.serveForever();
      await subject.connected(10);
      for (const client of clients) client.close();
      await subject.ended(10);
      subject.server.shutdown();
      await done;
      assert.deepEqual(
        perTurn(turns, 'accept').map(({ length }) => length),
        [3, 3, 3, 1],
      );
    });

    it('reads at most bytesPerVisit bytes in one visit, so that the others are served, too', async () => {
      const clock = new MovedClock();
      const turns: TurnRecord[] = [];
      const subject = new Serving(backend, {
        bytesPerVisit: 1000,
        clock,
        onTurn: (turn) => turns.push(turn),
        // Each message takes a millisecond of the turn's ten.
        onMessage: () => {
          clock.advance(0.001);
        },
      });
      const flooder = subject.client('f'.repeat(50_000));
      const done = subject.server.serveForever();
      using quiet = subject.client();
      await subject.connected(2);
      const before = subject.messages.length;
      quiet.send('quiet');
      await until(() => subject.texts.includes('quiet'));
      assert.ok(subject.texts.indexOf('quiet') - before <= 20, 'one turn of ten messages, and one more');
      await until(() => subject.server.stats().bytes === 50_005);
      flooder.close();
      subject.server.shutdown();
      await done;
      const results = perTurn(turns, 'recv');
      assert.ok(results.flat().every((result) => result <= 1000));
      assert.ok(
        results.every(({ length }) => length <= 11),
        results.map(({ length }) => length).join(),
      );
    });
  });
}

describe('a server that had no free fd for a client', { concurrency: true }, () => {
  for (const backend of backends) {
    it(`accepts it at once when another connection of the server is closed (${backend})`, async () => {
      using child = serverChild(outOfFds, ['env', `BACKEND=${backend}`, ...withFdLimit(128)]);
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      const result = JSON.parse(child.stdout) as OutOfFds;
      assert.ok(result.turns < 20, `${result.turns} turns in 400 ms`);
      assert.equal(result.echoed, 'served');
      assert.ok(result.resumedAfterMs < 1000, `${result.resumedAfterMs} ms`);
      const { listenerFd, emfileErrors } = result;
      assert.ok(emfileErrors > 0);
      const failed = { call: 'accept', fd: listenerFd, result: errnoOf('EMFILE') };
      assert.deepEqual(result.failedAccepts, Array(emfileErrors).fill(failed));
    });
  }
});

interface OutOfFds {
  turns: number;
  echoed: string;
  resumedAfterMs: number;
  emfileErrors: number;
  listenerFd: number;
  failedAccepts: TurnAction[];
}

async function outOfFds(
  { Server }: typeof import('../../../src/server.ts'),
  { createConnection }: typeof import('../../../src/socket.ts'),
): Promise<void> {
  const { closeSync, openSync } = await import('node:fs');
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => globalThis.setTimeout(resolve, ms));
  const accepts: TurnAction[] = [];
  const server = new Server({
    address: ['127.0.0.1', 0],
    backend: process.env.BACKEND as 'select',
    timeoutSeconds: 3,
    onMessage: (message, connection) => connection.write(message),
    onTurn: ({ did }) => accepts.push(...did.filter(({ call }) => call === 'accept')),
  });
  const done = server.serveForever();
  const address = ['127.0.0.1', Number(server.address()[1])] as const;
  const served = createConnection(address);
  const leaves = createConnection(address);
  while (server.stats().clients < 2) await sleep(5);
  const late = createConnection(address);
  const openFds: number[] = [];
  try {
    for (;;) openFds.push(openSync('/dev/null', 'r'));
  } catch {
    // EMFILE: all fds are open.
  }
  await sleep(50);
  const before = server.stats().turns;
  served.sendall(new TextEncoder().encode('served'));
  await sleep(400);
  const turns = server.stats().turns - before;
  const echoed = served.recv(100).toString();
  const began = performance.now();
  [...server.connections][1]!.close();
  while (server.stats().clients < 3 && performance.now() - began < 5000) await sleep(5);
  const resumedAfterMs = performance.now() - began;
  for (const fd of openFds) closeSync(fd);
  for (const client of [served, leaves, late]) client.close();
  server.shutdown();
  await done;
  const emfileErrors = server.stats().acceptErrors.EMFILE ?? 0;
  const listenerFd = accepts.find(({ result }) => result >= 0)?.fd;
  const failedAccepts = accepts.filter(({ result }) => result < 0);
  console.log(JSON.stringify({ turns, echoed, resumedAfterMs, emfileErrors, listenerFd, failedAccepts }));
}

it('a server accepts clients that have already disconnected, and reports their end', async () => {
  const subject = new Serving('epoll');
  subject.client('x').close();
  subject.client().reset();
  const done = subject.server.serveForever();
  await subject.ended(2);
  await setTimeout(20);
  assert.deepEqual([subject.texts, subject.reasons.toSorted(), subject.errors], [['x'], ['eof', 'reset'], []]);
  subject.server.shutdown();
  await done;
});
