import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';

import { OSError } from '../../src/system/errors.ts';
import { type Backend, type Connection, Server } from '../../src/server.ts';
import * as sys from '../../src/sys.ts';
import { until } from '../support/child.ts';
import { backends, Client, Serving, serving } from '../support/clients.ts';
import { countFds } from '../support/fds.ts';

const LARGEST_CHUNK = 65536;
const EBADF = sys.errnoOf('EBADF');

// No part of the pattern occurs twice, so the comparison notices when a message was overwritten.
const pattern = (bytes: number): Buffer => Buffer.from(Uint32Array.from({ length: bytes / 4 }, (_, i) => i).buffer);

const ignore = (): void => undefined;

for (const backend of backends) {
  describe(`a server on ${backend}`, () => {
    it('delivers the bytes of each recv, at most 64 KiB, in order, as a message that is not overwritten later', async () => {
      await serving(backend, {}, async ({ messages, server, port }) => {
        const sent = pattern(3_000_000);
        connect(port, '127.0.0.1').resume().end(sent);
        await until(() => server.stats().bytes === sent.length);
        assert.ok(Buffer.concat(messages).equals(sent));
        const sizes = messages.map(({ length }) => length);
        assert.ok(Math.max(...sizes) <= LARGEST_CHUNK, String(sizes));
        assert.equal(server.stats().messages, messages.length);
      });
    });

    it('receives everything that the kernel has buffered, 64 KiB per turn', async () => {
      const serving = new Serving(backend);
      const client = serving.client();
      const sent = client.socket.send(pattern(150_000));
      assert.ok(sent > LARGEST_CHUNK, `the kernel accepted ${sent} bytes`);
      const done = serving.server.serveForever();
      await until(() => serving.server.stats().bytes === sent);
      assert.equal(serving.messages[0]!.length, LARGEST_CHUNK);
      client.close();
      serving.server.shutdown();
      await done;
    });

    it('keeps the messages of several clients apart and in order', async () => {
      const heard = new Map<Connection, string>();
      const onMessage = (message: Buffer, connection: Connection): void => {
        heard.set(connection, (heard.get(connection) ?? '') + message.toString());
      };
      await serving(backend, { onMessage }, async (subject) => {
        const clients = ['a', 'b', 'c'].map((name) => ({ name, client: subject.client() }));
        for (let i = 0; i < 20; i++) {
          for (const { name, client } of clients) client.send(`${name}${i};`);
          await new Promise(setImmediate);
        }
        for (const { client } of clients) client.close();
        await subject.ended(3);
        const numbered = (name: string): string => Array.from({ length: 20 }, (_, i) => `${name}${i};`).join('');
        assert.deepEqual([...heard.values()], ['a', 'b', 'c'].map(numbered));
      });
    });

    it('turns on TCP keepalive, so that the kernel probes silent peers', async () => {
      await serving(backend, {}, async (subject) => {
        using _client = subject.client();
        await subject.connected(1);
        const value = new Int32Array(1);
        const fd = subject.connections[0]!.fileno();
        assert.equal(sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_KEEPALIVE, value, Int32Array.of(4)), 0);
        assert.equal(value[0], 1);
      });
    });

    it('shows the address of a connection and the number of its messages and bytes', async () => {
      await serving(backend, {}, async (subject) => {
        using client = subject.client('four');
        await subject.received(1);
        const [connection] = subject.connections;
        assert.deepEqual(connection!.address, client.socket.getsockname());
        assert.deepEqual(client.socket.getpeername(), subject.server.address());
        assert.deepEqual([connection!.messages, connection!.bytes, connection!.closed], [1, 4, false]);
        const { turns, ...stats } = subject.server.stats();
        assert.deepEqual(stats, {
          ...{ clients: 1, connected: 1, paused: 0, messages: 1, bytes: 4, bytesSent: 0 },
          ...{ disconnects: {}, unfinished: {}, acceptErrors: {}, waitErrors: {}, silent: 0 },
        });
        assert.ok(turns >= 2);
      });
    });

    const endings: [reason: string, end: (client: Client, connection: Connection) => void][] = [
      [
        'eof',
        (client) => {
          client.close();
        },
      ],
      [
        'reset',
        (client) => {
          client.reset();
        },
      ],
      [
        'closed',
        (_, connection) => {
          connection.close();
        },
      ],
    ];
    for (const [reason, end] of endings) {
      it(`passes the reason to onDisconnect, after it has closed the fd: ${reason}`, async () => {
        const states: unknown[] = [];
        const onDisconnect = (connection: Connection): void => {
          states.push(connection.closed, connection.fileno());
          connection.close();
        };
        await serving(backend, { onDisconnect }, async (subject) => {
          using client = subject.client();
          await subject.connected(1);
          const fd = subject.connections[0]!.fileno();
          assert.ok(sys.fcntl(fd, sys.F_GETFD, 0) >= 0);
          end(client, subject.connections[0]!);
          await subject.ended(1);
          assert.equal(sys.fcntl(fd, sys.F_GETFD, 0), EBADF);
          assert.deepEqual([subject.reasons, states, subject.errors], [[reason], [true, -1], []]);
          assert.equal(subject.server.stats().connected, 0);
          if (reason === 'closed') assert.equal(await client.end(), 'eof');
        });
      });
    }

    it('accepts connections as non-blocking sockets that child processes do not inherit', async () => {
      await serving(backend, {}, async (subject) => {
        using _client = subject.client();
        await subject.connected(1);
        const fd = subject.connections[0]!.fileno();
        assert.equal(sys.fcntl(fd, sys.F_GETFL, 0) & sys.O_NONBLOCK, sys.O_NONBLOCK);
        assert.equal(sys.fcntl(fd, sys.F_GETFD, 0) & sys.FD_CLOEXEC, sys.FD_CLOEXEC);
      });
    });

    it('does not end a connection when other code has read its bytes first', async () => {
      const stolen: number[] = [];
      const subject: Serving = new Serving(backend, {
        // The listener is the first ready source of a turn in which the two clients are ready, too.
        onConnection: () => {
          if (subject.connections.length < 3) return;
          for (const other of subject.connections.slice(0, 2)) {
            stolen.push(sys.recv(other.fileno(), Buffer.alloc(64), 0, 64, 0));
          }
        },
      });
      const clients = [subject.client('a'), subject.client('b')];
      const done = subject.server.serveForever();
      await subject.received(2);
      clients.push(subject.client());
      for (const client of clients.slice(0, 2)) client.send('x');
      while (stolen.length === 0) await new Promise(setImmediate);
      for (const client of clients.slice(0, 2)) client.send('again');
      await subject.received(4);
      assert.deepEqual([stolen, subject.texts.slice(2), subject.reasons], [[1, 1], ['again', 'again'], []]);
      for (const client of clients) client.close();
      subject.server.shutdown();
      await done;
    });

    it('listens on IPv6', async () => {
      await serving(backend, { address: ['::1', 0] }, async (subject) => {
        const [host, port] = subject.server.address();
        assert.equal(host, '::1');
        assert.ok(Number(port) > 0);
        using _client = subject.client('six');
        await subject.received(1);
        assert.equal(subject.connections[0]!.address[0], '::1');
      });
    });

    it('leaves no fd open when the port is in use', () => {
      using taken = new Server({ address: ['127.0.0.1', 0], onMessage: ignore });
      const address = ['127.0.0.1', Number(taken.address()[1])] as const;
      const before = countFds();
      for (let i = 0; i < 20; i++) assert.throws(() => new Server({ address, backend, onMessage: ignore }), OSError);
      assert.equal(countFds(), before);
    });
  });
}

describe('Server', () => {
  it('refuses an unknown backend, and leaves no fd open', () => {
    const before = countFds();
    for (let i = 0; i < 20; i++) {
      for (const backend of ['kqueue', 'toString', ''] as string[] as Backend[]) {
        const options = { address: ['127.0.0.1', 0], backend, onMessage: ignore } as const;
        assert.throws(() => new Server(options), { name: 'RangeError', message: /select, poll, epoll/ });
      }
    }
    assert.equal(countFds(), before);
  });

  for (const name of ['timeoutSeconds', 'backlog', 'maxClients']) {
    it(`refuses a ${name} that is negative or NaN, and leaves no fd open`, () => {
      const before = countFds();
      for (const value of [-1, -0.001, -Infinity, NaN]) {
        const options = { address: ['127.0.0.1', 0], onMessage: ignore, [name]: value } as const;
        assert.throws(() => new Server(options), new RangeError(`${name} must be 0 or more, not ${value}`));
      }
      assert.equal(countFds(), before);
    });
  }
});
