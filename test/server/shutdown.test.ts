import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { type Backend, Server } from '../../src/server.ts';
import * as sys from '../../src/sys.ts';
import { backends, Client, Serving } from '../support/clients.ts';
import { countFds } from '../support/fds.ts';
import { someOf } from '../support/long-run.ts';

const CLIENTS = 4;

// The wait of a turn is 30 s, so a server that does not end its wait exceeds this by far.
const AT_ONCE_MS = 900;

async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

async function endsWhileSending(backend: Backend): Promise<void> {
  const giveUp = performance.now() + 6000;
  const subject: Serving = new Serving(backend, {
    onMessage: () => {
      if (performance.now() < giveUp) client.send('and on');
    },
  });
  const client = subject.client('on');
  const done = subject.server.serveForever();
  await subject.received(2);
  const ms = await timed(async () => {
    subject.server.shutdown();
    await done;
  });
  client.close();
  assert.ok(ms < 2000, `${ms} ms`);
}

for (const backend of backends) {
  describe(`the end of a server on ${backend}`, () => {
    for (const maxClients of [0, 1]) {
      it(`delivers what clients have sent, also those that are not accepted yet (maxClients: ${maxClients})`, async () => {
        const before = countFds();
        const subject = new Serving(backend, { maxClients });
        const done = subject.server.serveForever();
        const first = subject.client();
        await subject.connected(1);
        const clients = [first, ...Array.from({ length: CLIENTS - 1 }, () => subject.client())];
        for (const [i, client] of clients.entries()) client.send(`m${i}`);
        const ms = await timed(async () => {
          subject.server.shutdown();
          await done;
        });
        assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
        assert.deepEqual(subject.texts.sort(), ['m0', 'm1', 'm2', 'm3']);
        assert.deepEqual(subject.reasons, Array<string>(CLIENTS).fill('closed'));
        for (const client of clients) assert.equal(await client.end(), 'eof');
        for (const client of clients) client.close();
        assert.equal(countFds(), before);
        assert.equal(subject.ticks, 0);
      });
    }

    it('comes at once when no client has sent anything', async () => {
      const subject = new Serving(backend);
      const done = subject.server.serveForever();
      using _client = subject.client();
      await subject.connected(1);
      await setTimeout(20);
      const ms = await timed(async () => {
        subject.server.shutdown();
        subject.server.shutdown();
        await done;
      });
      assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
      assert.equal(subject.ticks, 0);
    });

    // The client keeps a processor busy for a second.
    if (someOf(backends).includes(backend)) {
      it('comes within two seconds while a client goes on sending', () => endsWhileSending(backend));
    }

    it('also comes when a timer closes a connection meanwhile', async () => {
      const subject: Serving = new Serving(backend, {
        onMessage: (message, connection) => {
          if (message.toString() === 'close')
            setImmediate(() => {
              connection.close();
            });
          else if (subject.messages.length < 50) flooder.send('more');
        },
      });
      const flooder = subject.client('more');
      const closed = subject.client('close');
      const done = subject.server.serveForever();
      subject.server.shutdown();
      await done;
      assert.deepEqual([subject.messages.length >= 50, subject.reasons], [true, ['closed', 'closed']]);
      for (const client of [flooder, closed]) client.close();
    });

    it('is final: serveForever() throws on a server that serves or has served', async () => {
      const { server } = new Serving(backend);
      const done = server.serveForever();
      await assert.rejects(server.serveForever(), new Error('the server is listening already'));
      server.shutdown();
      await assert.rejects(server.serveForever(), new Error('the server is draining already'));
      await done;
      await assert.rejects(server.serveForever(), new Error('the server is closed already'));
    });

    it('may come before serveForever()', async () => {
      const before = countFds();
      const { server } = new Serving(backend);
      server.shutdown();
      assert.equal(countFds(), before);
      await assert.rejects(server.serveForever(), new Error('the server is closed already'));
    });

    it('also comes with close(), which receives nothing more', async () => {
      const before = countFds();
      const subject = new Serving(backend);
      const done = subject.server.serveForever();
      const client = subject.client();
      await subject.connected(1);
      client.send('not received');
      subject.server.close();
      subject.server.close();
      assert.equal(await client.end(), 'ECONNRESET');
      client.close();
      const ms = await timed(() => done);
      assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
      assert.deepEqual([subject.texts, subject.reasons, subject.ticks], [[], ['closed'], 0]);
      assert.equal(countFds(), before);
    });

    it('closes all connections when the listener fails, and rejects serveForever()', async () => {
      const before = countFds();
      const subject = new Serving(backend, { timeoutSeconds: 0.1 });
      const client = subject.client();
      const done = subject.server.serveForever();
      await subject.connected(1);
      const listener = listenerOf(subject, client);
      assert.equal(sys.shutdown(listener, sys.SHUT_RDWR), 0);
      await assert.rejects(done, { code: 'EINVAL', syscall: 'accept4' });
      assert.deepEqual(subject.reasons, ['closed']);
      client.close();
      assert.equal(countFds(), before);
    });
  });
}

// Returns the listening fd: it has the server's address and no peer.
function listenerOf(subject: Serving, client: Client): number {
  const others = [client.socket.fileno(), subject.connections[0]!.fileno()];
  for (let fd = 3; fd < 1024; fd++) {
    const value = new Int32Array(1);
    const result = sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_ACCEPTCONN, value, Int32Array.of(4));
    if (result === 0 && value[0] === 1 && !others.includes(fd)) return fd;
  }
  throw new Error('no listener');
}

it('a server is closed by `using`', async () => {
  const before = countFds();
  let client: Client;
  {
    using server = new Server({ address: ['127.0.0.1', 0], backend: 'epoll', onMessage: () => undefined });
    client = new Client(server.address());
    assert.equal(countFds(), before + 3);
  }
  assert.equal(await client.end(), 'ECONNRESET');
  client.close();
  assert.equal(countFds(), before);
});
