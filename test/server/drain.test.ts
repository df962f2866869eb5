import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import type { Connection, ServerOptions } from '../../src/server.ts';
import * as sys from '../../src/sys.ts';
import { until } from '../support/child.ts';
import { backends, type Client, Serving, serving, shrinkBuffers } from '../support/clients.ts';
import { countFds } from '../support/fds.ts';

const CLIENTS = 100;
const AT_ONCE_MS = 900;

interface Draining {
  subject: Serving;
  clients: Client[];
  /** Resolves when the server has ended, with the duration of the shutdown in ms. */
  ended: Promise<number>;
}

/** Starts a server, lets one client send each of the texts, waits for `ready`, and calls `shutdown`. */
async function draining(
  backend: (typeof backends)[number],
  options: Partial<ServerOptions>,
  texts: readonly string[],
  ready: (subject: Serving) => boolean,
): Promise<Draining> {
  const subject = new Serving(backend, options);
  const done = subject.server.serveForever();
  const clients = texts.map((text) => subject.client(text));
  await subject.connected(texts.length);
  await until(() => ready(subject));
  const began = performance.now();
  subject.server.shutdown();
  return { subject, clients, ended: done.then(() => performance.now() - began) };
}

const closeAll = (clients: readonly Client[]): void => {
  for (const client of clients) client.close();
};

for (const backend of backends) {
  describe(`shutdown() on ${backend}`, () => {
    it('delivers messages that the kernel has buffered while a handler is busy, and sends the answers', async () => {
      const before = countFds();
      const texts: string[] = [];
      const onMessage = async (message: Buffer, connection: Connection): Promise<void> => {
        await setTimeout(50);
        texts.push(message.toString());
        connection.write(`${message.toString()}\n`);
      };
      const options = { framing: 'line', drainSeconds: 10, onMessage } as const;
      const { subject, clients, ended } = await draining(backend, options, ['one\n'], ({ messages }) => {
        return messages.length === 1;
      });
      clients[0]!.send('two\n');
      await setTimeout(10);
      clients[0]!.send('three\n');
      const ms = await ended;
      assert.ok(ms < 5000, `${ms} ms`);
      assert.deepEqual([texts, subject.reasons], [['one', 'two', 'three'], ['closed']]);
      assert.equal(String(await clients[0]!.receive(14)), 'one\ntwo\nthree\n');
      closeAll(clients);
      assert.equal(countFds(), before);
    });

    it('does not wait for the rest of a message when the client has ended its side', async () => {
      const options = { framing: { kind: 'delimiter', delimiter: ';' }, allowHalfOpen: true, drainSeconds: 5 } as const;
      const { clients, ended } = await draining(
        backend,
        options,
        ['whole;cut'],
        ({ messages }) => messages.length === 1,
      );
      clients[0]!.finish();
      const ms = await ended;
      assert.ok(ms < 3000, `${ms} ms`);
      closeAll(clients);
    });

    it('delivers each message once that one of 100 clients completes after the call', async () => {
      const before = countFds();
      const { subject, clients, ended } = await draining(
        backend,
        { framing: 'line', drainSeconds: 5 },
        Array.from({ length: CLIENTS }, (_, i) => `whole ${i}\nhalf ${i}`),
        ({ messages }) => messages.length === CLIENTS,
      );
      for (const [i, client] of clients.entries()) {
        if (i % 10 === 0) await setTimeout(10);
        client.send(' done\n');
      }
      const ms = await ended;
      assert.ok(ms < 3000, `${ms} ms`);
      const expected = Array.from({ length: CLIENTS }, (_, i) => [`whole ${i}`, `half ${i} done`]).flat();
      assert.deepEqual(subject.texts.toSorted(), expected.toSorted());
      assert.deepEqual(subject.server.stats().disconnects, { closed: CLIENTS });
      closeAll(clients);
      assert.equal(countFds(), before);
    });

    it('ends a client that does not complete its message with drain-deadline, and lets the others finish', async () => {
      const { subject, clients, ended } = await draining(
        backend,
        { framing: 'line', drainSeconds: 0.4 },
        ['stuck', 'done'],
        ({ server }) => server.stats().bytes === 9,
      );
      await setTimeout(30);
      clients[1]!.send(' now\n');
      const ms = await ended;
      assert.ok(ms >= 395 && ms < 3000, `${ms} ms`);
      assert.deepEqual([subject.texts, subject.reasons], [['done now'], ['closed', 'drain-deadline']]);
      closeAll(clients);
    });

    for (const [what, reply] of [
      ['with a reply', 'reply'],
      ['without a reply', ''],
    ]) {
      it(`waits until async handlers have finished, and no longer: ${what}`, async () => {
        const onMessage = async (_: Buffer, connection: Connection): Promise<void> => {
          await setTimeout(200);
          connection.write(reply!);
        };
        const { subject, clients, ended } = await draining(
          backend,
          { onMessage },
          ['x'],
          (s) => s.messages.length === 1,
        );
        const ms = await ended;
        assert.ok(ms >= 100 && ms < AT_ONCE_MS, `${ms} ms`);
        assert.equal(String(clients[0]!.receiveAvailable()), reply);
        assert.deepEqual([subject.reasons, subject.errors], [['closed'], []]);
        closeAll(clients);
      });
    }

    it('ends as soon as other code has closed the last connection, also if it is paused', async () => {
      const onMessage = (_: Buffer, connection: Connection): void => {
        connection.pause();
      };
      const { subject, clients, ended } = await draining(
        backend,
        { framing: 'line', onMessage },
        ['a\nb\n'],
        ({ messages }) => messages.length === 1,
      );
      await setTimeout(100);
      clients[0]!.send('found ready');
      await setTimeout(50);
      subject.connections[0]!.close();
      const ms = await ended;
      assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
      closeAll(clients);
    });

    it('sends the buffered output', async () => {
      const bytes = 2_000_000;
      const { clients, ended } = await draining(
        backend,
        {
          onMessage: (_, connection) => {
            shrinkBuffers(connection);
            connection.write(Buffer.alloc(bytes, 'z'));
          },
        },
        ['x'],
        ({ messages }) => messages.length === 1,
      );
      await setTimeout(50);
      assert.equal((await clients[0]!.receive(bytes)).length, bytes);
      assert.equal(await clients[0]!.end(), 'eof');
      assert.ok((await ended) < 5000);
      closeAll(clients);
    });

    it('ends at once when close() is called, too', async () => {
      const options = { framing: 'line', drainSeconds: 20 } as const;
      const { subject, clients, ended } = await draining(
        backend,
        options,
        ['stuck'],
        (s) => s.server.stats().bytes > 0,
      );
      await setTimeout(50);
      assert.deepEqual(subject.reasons, []);
      subject.server.close();
      const ms = await ended;
      assert.ok(ms < AT_ONCE_MS, `${ms} ms`);
      assert.deepEqual(subject.reasons, ['closed']);
      closeAll(clients);
    });

    it('takes at most drainSeconds while a client goes on sending', async () => {
      const options: Partial<ServerOptions> = {
        drainSeconds: 0.2,
        onMessage: (message, connection) => {
          if (!subject.server.listening) client.send(message.toString());
          else connection.write('');
        },
      };
      const subject: Serving = new Serving(backend, options);
      const client = subject.client('on');
      const done = subject.server.serveForever();
      await subject.received(1);
      client.send('and on');
      const began = performance.now();
      subject.server.shutdown();
      await done;
      const ms = performance.now() - began;
      assert.ok(ms >= 150 && ms < 800, `${ms} ms`);
      client.close();
    });
  });

  describe(`a server on ${backend}, when other code closes the fd of a connection,`, () => {
    const others = async (subject: Serving, act: (connection: Connection, client: Client) => void): Promise<void> => {
      const client = subject.client('x');
      using other = subject.client('y');
      await subject.received(2);
      const [connection] = subject.connections;
      act(connection!, client);
      other.send('still served');
      await until(() => subject.texts.includes('still served'));
      assert.equal(subject.server.stats().connected, connection!.closed ? 1 : 2);
    };

    it('goes on', async () => {
      await serving(backend, { timeoutSeconds: 0.1 }, async (subject) => {
        await others(subject, (connection) => sys.close(connection.fileno()));
        // epoll does not report a closed fd: the server notices it with its next call on this fd.
        if (backend === 'epoll') subject.connections[0]!.write('x');
        await subject.ended(1);
        assert.deepEqual([subject.reasons[0], subject.errors], ['reset', []]);
      });
    });

    it('goes on, also if the connection was paused and is resumed later', async () => {
      await serving(backend, { timeoutSeconds: 0.1 }, async (subject) => {
        await others(subject, (connection, client) => {
          connection.pause();
          client.send('found ready');
        });
        const [connection] = subject.connections;
        sys.close(connection!.fileno());
        connection!.resume();
        await subject.ended(1);
        assert.equal(subject.reasons[0], backend === 'epoll' ? 'error' : 'reset');
        using _third = subject.client('third');
        await until(() => subject.texts.includes('third'));
      });
    });
  });
}
