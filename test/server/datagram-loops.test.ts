// Conversations that no client takes part in: of a server with itself, and of two servers with each other.
import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { DatagramServer, type DatagramOptions, type ListenAddress } from '../../src/server.ts';
import { AnswerLimit } from '../../src/server/answer-limit.ts';
import { OwnAddress } from '../../src/server/listener/own-address.ts';
import { type Address, AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { until } from '../support/child.ts';
import { temporaryFolder } from '../support/socket-pairs.ts';

const folder = temporaryFolder();
const clock = { nowMs: () => 1 };

function echoServer(address: ListenAddress, options: Partial<DatagramOptions> = {}): DatagramServer {
  return new DatagramServer({ address, onMessage: (message, peer) => peer.write(message), ...options });
}

/** Sends a datagram from the socket of a server, so that the sender is the server itself. */
function sendFrom(server: DatagramServer, to: [host: string, port: number]): void {
  const socket = new Socket(AF_INET, SOCK_DGRAM, 0, server.fileno());
  socket.sendto(Buffer.from('x'), to);
  socket.detach();
}

describe('a datagram server', () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    it(`drops and counts a datagram from its own address (bound to ${host})`, async () => {
      const server = echoServer([host, 0], { answersPerSecond: 0 });
      const done = server.serveForever();
      sendFrom(server, ['127.0.0.1', Number(server.address()[1])]);
      await until(() => server.stats().reflected + server.stats().messages > 0);
      await setTimeout(50);
      const { reflected, messages, bytesSent } = server.stats();
      assert.deepEqual({ reflected, messages, bytesSent }, { reflected: 1, messages: 0, bytesSent: 0 });
      server.shutdown();
      await done;
    });
  }

  it('answers a client whose path leads to the server only once, and drops the answer', async () => {
    const [path, forged] = [join(folder, 'server'), join(folder, 'forged')];
    const server = echoServer(path, { answersPerSecond: 0 });
    const done = server.serveForever();
    using client = new Socket(AF_UNIX, SOCK_DGRAM);
    client.bind(forged);
    rmSync(forged);
    symlinkSync(path, forged);
    client.sendto(Buffer.from('x'), path);
    await until(() => server.stats().reflected > 0);
    await setTimeout(50);
    const { reflected, messages } = server.stats();
    assert.deepEqual({ reflected, messages }, { reflected: 1, messages: 1 });
    server.shutdown();
    await done;
  });

  it('stops talking to another server when answersPerSecond is reached', async () => {
    const servers = [1, 2].map(() => echoServer(['127.0.0.1', 0], { answersPerSecond: 50 }));
    const done = servers.map((server) => server.serveForever());
    const [one, other] = servers as [DatagramServer, DatagramServer];
    const dropped = (): number => one.stats().answersDropped + other.stats().answersDropped;
    sendFrom(one, ['127.0.0.1', Number(other.address()[1])]);
    await until(() => dropped() > 0);
    const sent = one.stats().bytesSent + other.stats().bytesSent;
    await setTimeout(50);
    assert.deepEqual([dropped(), one.stats().bytesSent + other.stats().bytesSent], [1, sent]);
    for (const server of servers) server.shutdown();
    await Promise.all(done);
  });
});

describe('OwnAddress', () => {
  const bound = (family: number, address: [host: string, port: number] | string): Socket => {
    const socket = new Socket(family, SOCK_DGRAM);
    socket.bind(address);
    return socket;
  };
  const external = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

  it('recognizes each address of the machine when the socket is bound to all of them, in each form', () => {
    for (const [family, wildcard] of [
      [AF_INET, '0.0.0.0'],
      [AF_INET6, '::'],
    ] as const) {
      using socket = bound(family, [wildcard, 0]);
      const own = new OwnAddress(socket, clock);
      const port = Number(socket.getsockname()[1]);
      const locals = ['127.0.0.1', '127.9.8.7', ...(external === undefined ? [] : [external])];
      for (const host of locals) {
        assert.equal(own.includes([host, port]), true, host);
        assert.equal(own.includes([`::ffff:${host}`, port, 0, 0]), true, host);
        assert.equal(own.includes([host, port - 1]), false, host);
      }
      assert.equal(own.includes(['::1', port, 0, 0]), true);
      for (const host of ['192.0.2.1', '8.8.8.8']) assert.equal(own.includes([host, port]), false, host);
      assert.equal(own.includes(['2001:db8::1', port, 0, 0]), false);
    }
  });

  it('recognizes only the address that the socket is bound to', () => {
    using socket = bound(AF_INET, ['127.0.0.2', 0]);
    const own = new OwnAddress(socket, clock);
    const port = Number(socket.getsockname()[1]);
    const isOwn = (address: Address): boolean => own.includes(address);
    assert.deepEqual([['127.0.0.2', port] as Address, ['127.0.0.1', port] as Address].map(isOwn), [true, false]);
  });

  it('recognizes the path that a Unix socket is bound to', () => {
    const path = join(folder, 'own');
    using socket = bound(AF_UNIX, path);
    const own = new OwnAddress(socket, clock);
    const isOwn = (address: Address): boolean => own.includes(address);
    assert.deepEqual([path, join(folder, 'other'), ''].map(isOwn), [true, false, false]);
  });
});

describe('AnswerLimit', () => {
  it('limits each address and port separately, and begins again after a second', () => {
    let nowMs = 5000;
    const limit = new AnswerLimit({ nowMs: () => nowMs }, 2);
    const answers = (address: Address): boolean[] => [1, 2, 3].map(() => limit.allows(address));
    for (const address of [['192.0.2.1', 1], ['192.0.2.1', 2], '/run/client', Buffer.from('\0client')] as Address[]) {
      assert.deepEqual(answers(address), [true, true, false], String(address));
    }
    nowMs += 999;
    assert.equal(limit.allows(['192.0.2.1', 1]), false);
    nowMs += 1;
    assert.deepEqual(answers(['192.0.2.1', 1]), [true, true, false]);
  });

  it('begins again when it has counted very many addresses, so that its memory has a bound', () => {
    const limit = new AnswerLimit({ nowMs: () => 0 }, 1);
    const first: Address = ['192.0.2.1', 0];
    assert.deepEqual([limit.allows(first), limit.allows(first)], [true, false]);
    for (let port = 1; port < 16_384; port++) limit.allows(['192.0.2.1', port]);
    assert.equal(limit.allows(first), true);
  });

  it('allows everything when there is no limit', () => {
    const limit = new AnswerLimit(clock, Infinity);
    for (let count = 0; count < 5000; count++) assert.equal(limit.allows(['192.0.2.1', 1]), true);
  });
});
