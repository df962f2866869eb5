import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { BlockingIOError, errnoOf, osError } from '../../src/system/errors.ts';
import { type Backend, DatagramServer, type DatagramOptions, type ListenAddress, type Peer } from '../../src/server.ts';
import {
  type Address,
  type AddressInput,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SO_RCVBUF,
  SOCK_DGRAM,
  Socket,
  SOL_SOCKET,
} from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { until } from '../support/child.ts';
import { backends, serverChild } from '../support/clients.ts';
import { countFds } from '../support/fds.ts';
import { temporaryFolder } from '../support/socket-pairs.ts';

const AT_ONCE_MS = 900;
const folder = temporaryFolder();
let paths = 0;
const freshPath = (): string => join(folder, `d${paths++}`);

/** A datagram server in this process, with a record of the calls of its handlers. */
class Receiving {
  readonly server: DatagramServer;
  readonly messages: Buffer[] = [];
  readonly peers: Peer[] = [];
  readonly errors: unknown[] = [];
  ticks = 0;

  constructor(backend: Backend, options: Partial<DatagramOptions> = {}) {
    this.server = new DatagramServer({
      address: ['127.0.0.1', 0],
      backend,
      timeoutSeconds: 30,
      ...options,
      onMessage: (message, peer) => {
        this.messages.push(message);
        this.peers.push(peer);
        return options.onMessage?.(message, peer);
      },
      onError: (error) => this.errors.push(error),
      onTick: () => this.ticks++,
    });
  }

  get texts(): string[] {
    return this.messages.map(String);
  }

  async received(count: number): Promise<void> {
    await until(() => this.messages.length >= count);
  }
}

async function receiving(
  backend: Backend,
  options: Partial<DatagramOptions>,
  test: (subject: Receiving, client: Socket) => Promise<void>,
): Promise<void> {
  const before = countFds();
  const subject = new Receiving(backend, options);
  const client = clientOf(subject.server.address());
  const done = subject.server.serveForever();
  try {
    await Promise.race([test(subject, client), new Promise((_, reject) => void done.catch(reject))]);
  } finally {
    subject.server.shutdown();
    await done;
    client.close();
  }
  assert.equal(countFds(), before);
}

function clientOf(address: Address): Socket {
  const path = typeof address === 'string';
  const client = new Socket(path ? AF_UNIX : address.length === 4 ? AF_INET6 : AF_INET, SOCK_DGRAM);
  client.setblocking(false);
  if (path) client.bind(freshPath());
  client.connect(address as AddressInput);
  return client;
}

const send = (client: Socket, text: string): number => client.send(Buffer.from(text));

async function reply(client: Socket): Promise<string> {
  return until(() => {
    try {
      return client.recv(70_000).toString();
    } catch (error) {
      if (error instanceof BlockingIOError) return undefined;
      throw error;
    }
  });
}

const places: [where: string, address: () => ListenAddress][] = [
  ['IPv4', () => ['127.0.0.1', 0]],
  ['IPv6', () => ['::1', 0]],
  ['a Unix socket', freshPath],
];

for (const backend of backends) {
  describe(`a datagram server on ${backend}`, () => {
    for (const [where, address] of places) {
      it(`receives each datagram as a message, and answers (${where})`, async () => {
        const onMessage = (message: Buffer, peer: Peer): boolean => peer.write(`${message.toString()}!`);
        await receiving(backend, { address: address(), onMessage }, async (subject, client) => {
          for (const text of ['one', 'two', 'three']) {
            send(client, text);
            assert.equal(await reply(client), `${text}!`);
          }
          assert.deepEqual(subject.texts, ['one', 'two', 'three']);
          assert.deepEqual(subject.peers[0]!.address, client.getsockname());
          const { messages, bytes, bytesSent } = subject.server.stats();
          assert.deepEqual({ messages, bytes, bytesSent }, { messages: 3, bytes: 11, bytesSent: 14 });
          assert.deepEqual([subject.errors, subject.ticks], [[], 0]);
        });
      });
    }

    it('receives empty datagrams, the longest, and bytes of any kind; an answer that is too long is not sent', async () => {
      await receiving(backend, {}, async (subject, client) => {
        const longest = Buffer.alloc(65_507, 'z');
        client.send(Buffer.alloc(0));
        client.send(longest);
        await subject.received(2);
        assert.deepEqual(
          subject.messages.map(({ length }) => length),
          [0, longest.length],
        );
        const [peer] = subject.peers;
        assert.equal(peer!.write(Buffer.alloc(65_508)), false);
        assert.equal(peer!.write(new Uint8Array([104, 105])), true);
        assert.equal(await reply(client), 'hi');
      });
    });

    it('delivers messages that are not overwritten later, datagramsPerTurn of them per turn', async () => {
      const perTurn: number[] = [];
      const options: Partial<DatagramOptions> = {
        datagramsPerTurn: 3,
        onTurn: ({ did }) => perTurn.push(did.filter(({ call, result }) => call === 'recv' && result > 0).length),
      };
      await receiving(backend, options, async (subject, client) => {
        const texts = Array.from({ length: 10 }, (_, i) => `message ${i}`);
        for (const text of texts) send(client, text);
        await subject.received(10);
        assert.deepEqual(subject.texts, texts);
        send(client, 'last');
        await subject.received(11);
        assert.equal(Math.max(...perTurn), 3);
      });
    });

    it('goes on when a handler throws or rejects, and reports the error', async () => {
      const onMessage = (message: Buffer): unknown => {
        const failure = new Error(message.toString());
        if (message.toString() === 'throws') throw failure;
        return message.toString() === 'rejects' ? Promise.reject(failure) : undefined;
      };
      await receiving(backend, { onMessage }, async (subject, client) => {
        for (const text of ['throws', 'rejects', 'fine']) send(client, text);
        await subject.received(3);
        await until(() => subject.errors.length === 2);
        assert.deepEqual(subject.errors.map(String), ['Error: throws', 'Error: rejects']);
      });
    });

    it('receives nothing while 1,000 promises are pending, does not spin, and goes on when one is settled', async () => {
      const opens: (() => void)[] = [];
      const onMessage = (): Promise<void> => new Promise((resolve) => opens.push(resolve));
      await receiving(backend, { onMessage, timeoutSeconds: 0.1 }, async (subject, client) => {
        for (let sent = 0; sent < 1000; sent += 50) {
          for (let i = 0; i < 50; i++) send(client, 'x');
          await subject.received(sent + 50);
        }
        for (let i = 0; i < 5; i++) send(client, 'late');
        const { turns } = subject.server.stats();
        await setTimeout(400);
        const turned = subject.server.stats().turns - turns;
        assert.ok(turned >= 1 && turned <= 6, `${turned} turns of 100 ms in 400 ms`);
        assert.equal(subject.messages.length, 1000);
        opens.shift()!();
        await subject.received(1001);
        await setTimeout(50);
        assert.equal(subject.messages.length, 1001);
        while (opens.length > 0) {
          opens.shift()!();
          await Promise.resolve();
        }
        await subject.received(1005);
        for (const open of opens) open();
      });
    });

    for (const [where, address] of places) {
      it(`goes on when peers have gone before the answer (${where})`, async () => {
        const onMessage = async (message: Buffer, peer: Peer): Promise<void> => {
          await setTimeout(30);
          for (let i = 0; i < 3; i++) peer.write(message);
        };
        await receiving(backend, { address: address(), onMessage, timeoutSeconds: 0.05 }, async (subject, client) => {
          const gone = clientOf(subject.server.address());
          send(gone, 'gone');
          gone.close();
          await setTimeout(150);
          send(client, 'here');
          assert.equal(await reply(client), 'here');
          assert.deepEqual(subject.errors, []);
        });
      });
    }

    it('cannot answer a Unix socket without a name', async () => {
      const written: boolean[] = [];
      const address = freshPath();
      const onMessage = (message: Buffer, peer: Peer): void => {
        written.push(peer.write(message));
      };
      await receiving(backend, { address, onMessage }, async (subject) => {
        using nameless = new Socket(AF_UNIX, SOCK_DGRAM);
        nameless.sendto(Buffer.from('x'), address);
        await subject.received(1);
        assert.deepEqual([written, subject.peers[0]!.address], [[false], '']);
      });
    });

    it('receives up to 64 KiB from a Unix socket; longer datagrams are dropped and counted, not cut', async () => {
      await receiving(backend, { address: freshPath() }, async (subject, client) => {
        for (const [sent, length] of [65_537, 65_536, 100_000, 1].entries()) {
          client.send(Buffer.alloc(length, 'z'));
          await until(() => subject.server.stats().messages + subject.server.stats().truncated > sent);
        }
        assert.deepEqual(
          subject.messages.map(({ length }) => length),
          [65_536, 1],
        );
        const { messages, bytes, truncated, receiveErrors } = subject.server.stats();
        assert.deepEqual([messages, bytes, truncated, receiveErrors], [2, 65_537, 2, {}]);
      });
    });

    for (const ending of ['shutdown', 'close'] as const) {
      it(`ends at once with ${ending}(), also in a handler; ${ending === 'close' ? 'nothing' : 'what had arrived'} is delivered`, async () => {
        const before = countFds();
        const subject: Receiving = new Receiving(backend, {
          datagramsPerTurn: 1,
          onMessage: () => {
            subject.server[ending]();
          },
        });
        const client = clientOf(subject.server.address());
        for (const text of ['a', 'b', 'c', 'd']) send(client, text);
        const began = performance.now();
        await subject.server.serveForever();
        assert.ok(performance.now() - began < AT_ONCE_MS);
        assert.deepEqual([subject.texts, subject.errors], [ending === 'close' ? ['a'] : ['a', 'b', 'c', 'd'], []]);
        assert.equal(subject.peers[0]!.write('late'), false);
        client.close();
        assert.equal(countFds(), before);
      });
    }

    it('ends at once when a timer calls shutdown() during a wait', async () => {
      const subject = new Receiving(backend);
      globalThis.setTimeout(() => {
        subject.server.shutdown();
      }, 30);
      const began = performance.now();
      await subject.server.serveForever();
      assert.ok(performance.now() - began < AT_ONCE_MS);
      await assert.rejects(subject.server.serveForever(), new Error('the server is closed already'));
    });
  });
}

describe('a datagram server', () => {
  it('serves a datagram socket that it inherits, and refuses a stream socket', async () => {
    const socket = new Socket(AF_INET, SOCK_DGRAM);
    socket.bind(['127.0.0.1', 0]);
    const subject = new Receiving('poll', { address: { fd: socket.detach() } });
    const client = clientOf(subject.server.address());
    const done = subject.server.serveForever();
    send(client, 'x');
    await subject.received(1);
    subject.server.shutdown();
    await done;
    client.close();
    const stream = new Socket(AF_INET);
    assert.throws(() => new Receiving('poll', { address: { fd: stream.fileno() } }), { code: 'EPROTOTYPE' });
    stream.detach();
  });

  it('never waits in recvfrom, also when another owner of the socket has made it blocking', async () => {
    const socket = new Socket(AF_INET, SOCK_DGRAM);
    socket.bind(['127.0.0.1', 0]);
    const fd = sys.fcntl(socket.fileno(), sys.F_DUPFD_CLOEXEC, 0);
    const subject = new Receiving('poll', { address: { fd } });
    const client = clientOf(subject.server.address());
    const done = subject.server.serveForever();
    socket.setblocking(true);
    for (let count = 1; count <= 3; count++) {
      send(client, 'x');
      await subject.received(count);
    }
    subject.server.shutdown();
    await done;
    client.close();
    socket.close();
  });

  it('pauses when epoll refuses the socket, and then goes on', async () => {
    class Refused extends DatagramServer {
      refuse(times: number): void {
        const watch = this.loop.watch.bind(this.loop);
        let remaining = times;
        for (const source of this.loop.sources) watch(source, 0);
        this.loop.watch = (source, events) => {
          if (events !== 0 && remaining-- > 0) throw osError(errnoOf('ENOMEM'), 'epoll_ctl');
          watch(source, events);
        };
      }
    }
    const onMessage = (): void => {
      server.shutdown();
    };
    const server = new Refused({ address: ['127.0.0.1', 0], backend: 'epoll', timeoutSeconds: 30, onMessage });
    const client = clientOf(server.address());
    server.refuse(2);
    send(client, 'x');
    const began = performance.now();
    await server.serveForever();
    const lastedMs = performance.now() - began;
    client.close();
    const { messages, receiveErrors } = server.stats();
    assert.deepEqual([messages, receiveErrors], [1, { ENOMEM: 2 }]);
    assert.ok(lastedMs > 195 && lastedMs < 200 + AT_ONCE_MS, `${lastedMs} ms`);
  });

  it('refuses options that are not valid numbers, and leaves no fd open', () => {
    const before = countFds();
    for (const name of ['timeoutSeconds', 'datagramsPerTurn', 'drainSeconds']) {
      const beyond = name === 'datagramsPerTurn' ? 'a whole number' : 'at most a billion';
      const refused: [value: unknown, error: Error][] = [
        [-1, new RangeError(`${name} must be 0 or more, not -1`)],
        [NaN, new RangeError(`${name} must be 0 or more, not NaN`)],
        [Infinity, new RangeError(`${name} must be ${beyond}, not Infinity`)],
        ['2', new TypeError(`${name} must be a number, not '2'`)],
      ];
      for (const [value, error] of refused) assert.throws(() => new Receiving('epoll', { [name]: value }), error);
    }
    const error = new RangeError('datagramsPerTurn must be a whole number, not 1.5');
    assert.throws(() => new Receiving('epoll', { datagramsPerTurn: 1.5 }), error);
    assert.equal(countFds(), before);
  });
});

describe('the end of a datagram server', { concurrency: true }, () => {
  for (const backend of backends) {
    it(`delivers the datagrams that wait until one of 1,000 promises is settled, and sends the answers (${backend})`, async () => {
      const opens: (() => void)[] = [];
      const answers: boolean[] = [];
      const subject = new Receiving(backend, {
        drainSeconds: 0,
        answersPerSecond: 0,
        onMessage: async (_, peer) => {
          await new Promise<void>((resolve) => opens.push(resolve));
          answers.push(peer.write('answer'));
        },
      });
      sys.setsockopt(subject.server.fileno(), SOL_SOCKET, SO_RCVBUF, Int32Array.of(2 ** 20), 4);
      const client = clientOf(subject.server.address());
      const done = subject.server.serveForever();
      for (let sent = 0; sent < 1000; sent += 50) {
        for (let i = 0; i < 50; i++) send(client, 'x');
        await subject.received(sent + 50);
      }
      for (let i = 0; i < 300; i++) send(client, 'late');
      subject.server.shutdown();
      await setTimeout(100);
      assert.equal(subject.messages.length, 1000);
      const began = performance.now();
      opens.shift()!();
      await subject.received(1001);
      while (answers.length < 1300) {
        for (const open of opens.splice(0)) open();
        await setTimeout(5);
      }
      await done;
      assert.ok(performance.now() - began < 5000);
      assert.deepEqual([subject.messages.length, new Set(answers)], [1300, new Set([true])]);
      assert.equal(await reply(client), 'answer');
      client.close();
    });

    it(`waits for a promise, which ends its wait, but receives nothing more (${backend})`, async () => {
      const subject = new Receiving(backend, { onMessage: () => setTimeout(300) });
      const client = clientOf(subject.server.address());
      const done = subject.server.serveForever();
      send(client, 'first');
      await subject.received(1);
      subject.server.shutdown();
      const began = performance.now();
      const { turns } = subject.server.stats();
      const sending = setInterval(() => send(client, 'later'), 20);
      await done;
      clearInterval(sending);
      client.close();
      const lastedMs = performance.now() - began;
      assert.ok(lastedMs > 200 && lastedMs < 300 + AT_ONCE_MS, `${lastedMs} ms`);
      assert.ok(subject.server.stats().turns - turns < 20);
      assert.ok(subject.messages.length < 5, `${subject.messages.length} messages`);
    });

    for (const [what, drainSeconds, shortestMs] of [
      ['drainSeconds', 0.4, 390],
      ['close()', 0, 90],
    ] as const) {
      it(`comes with ${what}, although a promise is pending (${backend})`, async () => {
        const onMessage = (): Promise<never> => new Promise(() => undefined);
        const subject = new Receiving(backend, { drainSeconds, onMessage });
        const client = clientOf(subject.server.address());
        const done = subject.server.serveForever();
        send(client, 'x');
        await subject.received(1);
        subject.server.shutdown();
        const began = performance.now();
        if (what === 'close()') {
          await setTimeout(100);
          subject.server.close();
        }
        await done;
        const lastedMs = performance.now() - began;
        assert.ok(lastedMs > shortestMs && lastedMs < shortestMs + AT_ONCE_MS, `${lastedMs} ms`);
        assert.equal(subject.peers[0]!.write('late'), false);
        client.close();
      });
    }
  }
});

describe('serveForeverBlocking of a datagram server', { concurrency: true }, () => {
  for (const backend of backends) {
    it(`echoes, refuses promises, and ends when a handler shuts it down (${backend})`, async () => {
      using child = serverChild(blocking, ['env', `BACKEND=${backend}`]);
      assert.deepEqual(await child.exit, { code: 0, signal: null }, child.stderr);
      assert.equal(child.stdout, 'echo\n');
      assert.match(child.stderr, /TypeError: onMessage returned a promise/);
    });
  }
});

async function blocking(
  { DatagramServer }: typeof import('../../src/server.ts'),
  { Socket, AF_INET, SOCK_DGRAM }: typeof import('../../src/socket.ts'),
): Promise<void> {
  const server = new DatagramServer({
    address: ['127.0.0.1', 0],
    backend: process.env.BACKEND as 'select',
    timeoutSeconds: 0.2,
    onMessage: (message, peer) => (message.toString() === 'promise' ? Promise.resolve() : peer.write(message)),
    onTick: () => {
      server.shutdown();
    },
  });
  const client = new Socket(AF_INET, SOCK_DGRAM);
  client.connect(['127.0.0.1', Number(server.address()[1])]);
  for (const text of ['promise', 'echo']) client.send(new TextEncoder().encode(text));
  server.serveForeverBlocking();
  console.log(client.recv(100).toString());
  client.close();
  await new Promise(setImmediate);
}
