import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DatagramServer } from '../../../src/server.ts';
import {
  AF_INET,
  AF_INET6,
  createConnection,
  createServer,
  SO_KEEPALIVE,
  SO_LINGER,
  SOCK_DGRAM,
  Socket,
  SOL_SOCKET,
} from '../../../src/socket.ts';
import * as sys from '../../../src/sys.ts';
import { until } from '../../support/child.ts';
import { serving } from '../../support/clients.ts';

const ON = Int32Array.of(1);

function option(fd: number, level: number, name: number): number {
  // Room for struct linger, whose first int is l_onoff.
  const value = new Int32Array(2);
  assert.equal(sys.getsockopt(fd, level, name, value, Int32Array.of(8)), 0);
  return value[0]!;
}

describe('a server at ::', () => {
  it('serves IPv4 and IPv6 clients', async () => {
    await serving('select', { address: ['::', 0] }, async (subject) => {
      for (const host of ['127.0.0.1', '::1']) createConnection([host, subject.port]).close();
      await subject.connected(2);
      const hosts = subject.connections.map(({ address }) => address[0]);
      assert.deepEqual(hosts.toSorted(), ['::1', '::ffff:127.0.0.1']);
    });
  });

  it('refuses IPv4 with ipv6Only', async () => {
    await serving('select', { address: ['::', 0], ipv6Only: true }, async (subject) => {
      assert.throws(() => createConnection(['127.0.0.1', subject.port]), { code: 'ECONNREFUSED' });
      createConnection(['::1', subject.port]).close();
      await subject.connected(1);
    });
  });

  for (const ipv6Only of [undefined, false, true]) {
    it(`means the same for datagrams: ipv6Only ${ipv6Only}`, async () => {
      const hosts: unknown[] = [];
      const server = new DatagramServer({
        address: ['::', 0],
        ipv6Only,
        onMessage: (_, { address }) => hosts.push(address[0]),
      });
      const done = server.serveForever();
      using four = new Socket(AF_INET, SOCK_DGRAM);
      using six = new Socket(AF_INET6, SOCK_DGRAM);
      const port = Number(server.address()[1]);
      four.sendto(Buffer.from('x'), ['127.0.0.1', port]);
      six.sendto(Buffer.from('x'), ['::1', port]);
      await until(() => hosts.includes('::1'));
      server.shutdown();
      await done;
      assert.deepEqual(hosts, ipv6Only ? ['::1'] : ['::ffff:127.0.0.1', '::1']);
    });
  }
});

describe('SO_KEEPALIVE is on', () => {
  const keepalive = (fd: number): number => option(fd, SOL_SOCKET, SO_KEEPALIVE);

  it('for each connection of an inherited listener, also for those that were in its queue before; SO_LINGER is off', async () => {
    const listener = createServer(['127.0.0.1', 0]);
    listener.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 5).buffer));
    const address = listener.getsockname() as [string, number];
    const queued = [1, 2, 3].map(() => createConnection(address));
    // The kernel gave these connections the options that the listener had.
    assert.equal(keepalive(listener.fileno()), 0);
    const fd = listener.detach();
    await serving('epoll', { address: { fd }, acceptsPerTurn: 2 }, async (subject) => {
      await subject.connected(3);
      const later = createConnection(address);
      await subject.connected(4);
      assert.deepEqual(
        subject.connections.map((connection) => keepalive(connection.fileno())),
        [1, 1, 1, 1],
      );
      const linger = subject.connections.map((connection) => option(connection.fileno(), SOL_SOCKET, SO_LINGER));
      assert.deepEqual(linger, [0, 0, 0, 0]);
      for (const client of [...queued, later]) client.close();
    });
  });

  it('and an accept costs one system call again when the queue has been empty', async () => {
    const listener = createServer(['127.0.0.1', 0]);
    const address = listener.getsockname() as [string, number];
    const fd = listener.detach();
    await serving('epoll', { address: { fd } }, async (subject) => {
      using first = createConnection(address);
      await subject.connected(1);
      // Only the listener decides now: without its option, new connections have none either.
      sys.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, Int32Array.of(0), 4);
      using second = createConnection(address);
      await subject.connected(2);
      assert.deepEqual(
        subject.connections.map((connection) => keepalive(connection.fileno())),
        [1, 0],
      );
      sys.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, ON, 4);
      assert.ok(first.fileno() >= 0 && second.fileno() >= 0);
    });
  });

  it('for a connection of the server of its own', async () => {
    await serving('poll', {}, async (subject) => {
      using _client = subject.client();
      await subject.connected(1);
      assert.equal(keepalive(subject.connections[0]!.fileno()), 1);
    });
  });
});
