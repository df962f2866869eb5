import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { ServerOptions, TurnRecord, TurnWatcher } from '../../../src/server.ts';
import * as sys from '../../../src/sys.ts';
import { until } from '../../support/child.ts';
import { backends, serverChild, Serving, serving } from '../../support/clients.ts';

const HELD_MS = 200;
const echo: Partial<ServerOptions> = { framing: 'line', onMessage: (message, connection) => connection.write(message) };

// Records the turns of a loop, and each time that it stops and goes on.
function watcher(): TurnWatcher & { readonly turns: TurnRecord[]; readonly changes: boolean[] } {
  const turns: TurnRecord[] = [];
  const changes: boolean[] = [];
  return {
    ...{ turns, changes },
    waiting: () => undefined,
    wants: () => true,
    waited: () => undefined,
    turned: (turn) => turns.push(turn),
    held: (isHeld) => changes.push(isHeld),
  };
}

for (const backend of backends) {
  describe(`a server on ${backend} that is held`, { concurrency: true }, () => {
    it('makes no turn and loses no message, while Node goes on', async () => {
      const seen = watcher();
      await serving(backend, { ...echo, watcher: seen }, async (subject) => {
        using client = subject.client('first\n');
        await subject.received(1);
        subject.server.hold();
        await until(() => seen.changes.length === 1);
        const turns = subject.server.stats().turns;
        client.send('second\nthird\n');
        using late = subject.client('fourth\n');
        await setTimeout(HELD_MS);
        assert.equal(subject.server.stats().turns, turns);
        assert.equal(seen.turns.length, turns);
        assert.deepEqual(subject.texts, ['first']);
        assert.equal(subject.server.held, true);
        subject.server.release();
        await subject.received(4);
        assert.equal(subject.server.held, false);
        assert.deepEqual(subject.texts, ['first', 'second', 'third', 'fourth']);
        await client.receive(16);
        await late.receive(6);
        assert.deepEqual(seen.changes, [true, false]);
      });
    });

    it('makes one turn per step(), and no other', async () => {
      const seen = watcher();
      await serving(backend, { ...echo, timeoutSeconds: 0.1, watcher: seen }, async (subject) => {
        using client = subject.client('first\n');
        await subject.received(1);
        subject.server.hold();
        await until(() => seen.changes.length === 1);
        const before = seen.turns.length;
        const began = performance.now();
        subject.server.step();
        await until(() => seen.turns.length === before + 1);
        assert.ok(performance.now() - began >= 99);
        assert.equal(seen.turns.at(-1)!.woken, false);
        assert.deepEqual(seen.turns.at(-1)!.ready, []);
        client.send('second\n');
        await setTimeout(HELD_MS);
        assert.equal(seen.turns.length, before + 1);
        subject.server.step();
        await until(() => seen.turns.length === before + 2);
        assert.deepEqual(subject.texts, ['first', 'second']);
        subject.server.step();
        subject.server.step();
        await until(() => seen.turns.length === before + 4);
        await setTimeout(HELD_MS);
        assert.equal(seen.turns.length, before + 4);
        assert.deepEqual(seen.changes, [true]);
      });
    });

    it('ends the wait of a step when hold() is called again', async () => {
      const seen = watcher();
      await serving(backend, { watcher: seen }, async ({ server }) => {
        server.hold();
        await until(() => seen.changes.length === 1);
        const before = seen.turns.length;
        server.step();
        await setTimeout(HELD_MS);
        assert.equal(seen.turns.length, before);
        server.hold();
        await until(() => seen.turns.length === before + 1);
        assert.equal(seen.turns.at(-1)!.woken, true);
        await setTimeout(HELD_MS);
        assert.equal(seen.turns.length, before + 1);
      });
    });

    for (const ending of ['shutdown', 'close'] as const) {
      it(`ends with ${ending}() like every server`, async () => {
        const seen = watcher();
        const subject = new Serving(backend, { ...echo, watcher: seen });
        const done = subject.server.serveForever();
        using client = subject.client('first\n');
        await subject.received(1);
        subject.server.hold();
        await until(() => seen.changes.length === 1);
        client.send('second\n');
        const began = performance.now();
        subject.server[ending]();
        await done;
        assert.ok(performance.now() - began < 3000);
        assert.deepEqual(subject.texts, ending === 'shutdown' ? ['first', 'second'] : ['first']);
        assert.deepEqual(subject.reasons, ['closed']);
        assert.deepEqual(seen.changes, [true, false]);
      });
    }

    it('starts a deadline that was set while it was held when it goes on', async () => {
      const limits = { allowHalfOpen: true, drainSeconds: 0.3, timeoutSeconds: 0.1 };
      await serving(backend, { ...echo, ...limits }, async (subject) => {
        using _client = subject.client('x\n');
        await subject.received(1);
        subject.server.hold();
        await setTimeout(1200);
        subject.connections[0]!.end('bye');
        await setTimeout(10);
        subject.server.release();
        const releasedMs = performance.now();
        await subject.ended(1);
        const lastedMs = performance.now() - releasedMs;
        assert.deepEqual(subject.reasons, ['drain-deadline']);
        assert.ok(lastedMs < 1100, `${lastedMs} ms after it went on`);
      });
    });

    it('does not count the time that it was held as idle time of a client', async () => {
      await serving(backend, { ...echo, idleSeconds: 0.5, timeoutSeconds: 0.1 }, async (subject) => {
        using client = subject.client('first\n');
        await subject.received(1);
        await client.receive(5);
        subject.server.hold();
        await setTimeout(1000);
        subject.server.release();
        await setTimeout(200);
        assert.deepEqual(subject.reasons, []);
        client.send('second\n');
        await client.receive(6);
        await subject.ended(1);
        assert.deepEqual(subject.reasons, ['idle']);
        assert.ok(performance.now() - subject.server.lastTurnMs < 3000);
      });
    });

    it('does not stop other servers of the thread', async () => {
      await serving(backend, echo, async (other) => {
        await serving(backend, echo, async (subject) => {
          using client = subject.client();
          using beside = other.client();
          await subject.connected(1);
          subject.server.hold();
          await setTimeout(HELD_MS);
          for (const text of ['x', 'y']) {
            client.send(`${text}\n`);
            beside.send(`${text}\n`);
            assert.equal(String(await beside.receive(1)), text);
          }
          assert.deepEqual(subject.texts, []);
          subject.server.release();
          await subject.received(2);
        });
      });
    });
  });
}

describe('hold()', () => {
  it('needs a server that serves, and step() needs one that is held', async () => {
    const subject = new Serving('select');
    assert.throws(() => {
      subject.server.hold();
    }, /^Error: the server is bound$/);
    const done = subject.server.serveForever();
    assert.throws(() => {
      subject.server.step();
    }, /^Error: the server is not held$/);
    subject.server.release();
    subject.server.shutdown();
    await done;
    assert.throws(() => {
      subject.server.hold();
    }, /^Error: the server is closed$/);
  });

  it('makes serveForever reject when the server cannot go on, because its listener was closed meanwhile', async () => {
    const seen = watcher();
    // A full server does not watch its listener; with shutdown() it does so again, and epoll_ctl fails.
    const subject = new Serving('epoll', { maxClients: 1, watcher: seen });
    const done = subject.server.serveForever();
    using client = subject.client();
    await subject.connected(1);
    subject.server.hold();
    await until(() => seen.changes.length === 1);
    const listenerFd = seen.turns.flatMap(({ did }) => did).find(({ call }) => call === 'accept')!.fd;
    sys.close(listenerFd);
    subject.server.shutdown();
    // The server closes this fd at its end, so the number must be open, and must not belong to other code.
    sys.dup3(client.socket.fileno(), listenerFd, sys.O_CLOEXEC);
    await assert.rejects(done, { code: 'EBADF', syscall: 'epoll_ctl' });
  });

  it('keeps the process alive, as a wait does', async () => {
    using child = serverChild(async ({ Server }) => {
      const server = new Server({ address: ['127.0.0.1', 0], onMessage: () => undefined });
      const served = server.serveForever();
      globalThis.setTimeout(() => {
        server.hold();
      }, 50);
      globalThis
        .setTimeout(() => {
          server.shutdown();
        }, 400)
        .unref();
      await served;
      console.log('ended');
    });
    assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
    assert.equal(child.stdout, 'ended\n');
  });

  it('throws when the server blocks its thread, because no code could release it', async () => {
    using child = serverChild(async ({ Server }) => {
      const server = new Server({
        address: ['127.0.0.1', 0],
        timeoutSeconds: 0.05,
        onMessage: () => undefined,
        onTick: () => {
          try {
            server.hold();
          } catch (error) {
            console.log(String(error));
          }
          server.shutdown();
        },
      });
      server.serveForeverBlocking();
      await Promise.resolve();
    });
    assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
    assert.match(child.stdout, /^Error: the server blocks its thread/);
  });
});
