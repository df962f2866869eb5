import assert from 'node:assert/strict';
import { existsSync, mkdirSync, openSync, closeSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { DatagramServer } from '../../../src/server/datagram-server.ts';
import { type ListenAddress, Server, type ServerOptions } from '../../../src/server.ts';
import { AF_UNIX, createServer, SO_LINGER, SOCK_DGRAM, SOCK_STREAM, Socket, SOL_SOCKET } from '../../../src/socket.ts';
import * as sys from '../../../src/sys.ts';
import { backends, Client, Serving, serving } from '../../support/clients.ts';
import { countFds } from '../../support/fds.ts';
import { bound, temporaryFolder } from '../../support/socket-pairs.ts';

const folder = temporaryFolder();
let paths = 0;
const freshPath = (): string => join(folder, `p${paths++}`);

async function echoes(subject: Serving): Promise<void> {
  using client = subject.client('hello');
  assert.equal(String(await client.receive(5)), 'hello');
}

const onMessage: NonNullable<ConstructorParameters<typeof Server>[0]['onMessage']> = (message, connection) =>
  connection.write(message);

for (const backend of backends) {
  describe(`a server on ${backend} listens`, () => {
    it('on a Unix socket, whose path it removes when it is closed', async () => {
      const address = freshPath();
      await serving(backend, { address, onMessage }, async (subject) => {
        assert.equal(subject.server.address(), address);
        await echoes(subject);
        assert.ok(statSync(address).isSocket());
      });
      assert.equal(existsSync(address), false);
    });

    it('on IPv6', async () => {
      await serving(backend, { address: ['::1', 0], onMessage }, async (subject) => {
        await echoes(subject);
        assert.equal(subject.server.address()[0], '::1');
        assert.equal(subject.connections[0]!.address[0], '::1');
        assert.equal(subject.connections[0]!.address.length, 4);
      });
    });

    it('on a socket that it has inherited, and does not remove its path', async () => {
      const path = freshPath();
      const unix = new Socket(AF_UNIX, SOCK_STREAM);
      unix.bind(path);
      unix.listen(5);
      for (const socket of [createServer(['127.0.0.1', 0]), unix]) {
        const before = countFds();
        const fd = socket.detach();
        sys.fcntl(fd, sys.F_SETFD, 0);
        await serving(backend, { address: { fd }, onMessage }, async (subject) => {
          await echoes(subject);
          assert.equal(sys.fcntl(fd, sys.F_GETFD, 0), sys.FD_CLOEXEC);
        });
        assert.equal(countFds(), before - 1);
      }
      assert.equal(existsSync(path), true);
    });
  });
}

describe('the path of a Unix socket', () => {
  const kinds = [
    ['stream', SOCK_STREAM, (address: string) => new Server({ address })],
    ['datagram', SOCK_DGRAM, (address: string) => new DatagramServer({ address, onMessage: () => undefined })],
  ] as const;
  for (const [kind, type, listen] of kinds) {
    it(`is replaced when it remains from a server that has ended (${kind})`, () => {
      const path = freshPath();
      bound(AF_UNIX, path, type);
      assert.ok(statSync(path).isSocket());
      listen(path).close();
      assert.equal(existsSync(path), false);
    });

    it(`is refused, and not removed, when another server listens there (${kind})`, () => {
      const path = freshPath();
      using _server = listen(path);
      const before = countFds();
      for (let i = 0; i < 3; i++) assert.throws(() => listen(path), { code: 'EADDRINUSE' });
      assert.equal(countFds(), before);
      assert.ok(statSync(path).isSocket());
    });

    it(`is refused, and not removed, when it is not a socket (${kind})`, () => {
      const path = freshPath();
      writeFileSync(path, 'precious');
      assert.throws(() => listen(path), { code: 'EADDRINUSE' });
      assert.ok(statSync(path).isFile());
    });

    it(`may be missing or replaced when the server is closed (${kind})`, () => {
      const before = countFds();
      const [gone, replaced] = [freshPath(), freshPath()];
      const servers = [listen(gone), listen(replaced)];
      rmSync(gone);
      rmSync(replaced);
      mkdirSync(replaced);
      for (const server of servers) server.close();
      assert.ok(statSync(replaced).isDirectory());
      assert.equal(countFds(), before);
    });

    it(`may be an abstract name (${kind})`, () => {
      const before = countFds();
      const server = listen(`\0tripoll-test-${process.pid}`);
      server.close();
      assert.equal(countFds(), before);
    });
  }
});

describe('a server that inherits an fd', () => {
  const wrong: [what: string, make: () => { fd: number; close: () => void }, code: string][] = [
    [
      'a stream socket that does not listen',
      () => {
        const socket = new Socket(AF_UNIX, SOCK_STREAM);
        return { fd: socket.fileno(), close: () => void socket.detach() };
      },
      'EINVAL',
    ],
    [
      'a datagram socket',
      () => {
        const socket = new Socket(AF_UNIX, SOCK_DGRAM);
        return { fd: socket.fileno(), close: () => void socket.detach() };
      },
      'EPROTOTYPE',
    ],
    [
      'a file',
      () => {
        const fd = openSync('/dev/null', 'r');
        return {
          fd,
          close: () => {
            closeSync(fd);
          },
        };
      },
      'ENOTSOCK',
    ],
  ];
  for (const [what, make, code] of wrong) {
    it(`refuses ${what}`, () => {
      const { fd, close } = make();
      assert.throws(() => new Server({ address: { fd } }), { code });
      close();
    });
  }

  for (const backend of backends) {
    it(`never waits in accept, also when another owner of the socket has made it blocking (${backend})`, async () => {
      const shared = createServer(['127.0.0.1', 0]);
      const fd = sys.fcntl(shared.fileno(), sys.F_DUPFD_CLOEXEC, 0);
      await serving(backend, { address: { fd }, onMessage }, async (subject) => {
        for (let i = 0; i < 3; i++) {
          shared.setblocking(true);
          await echoes(subject);
        }
      });
      shared.close();
    });
  }

  it('never waits in close, also when the socket has SO_LINGER, which connections inherit', async () => {
    const listener = createServer(['127.0.0.1', 0]);
    listener.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(Int32Array.of(1, 5).buffer));
    await serving('epoll', { address: { fd: listener.detach() }, onMessage }, async (subject) => {
      using client = subject.client('x');
      await client.receive(1);
      const [connection] = subject.connections;
      const value = Buffer.alloc(8);
      sys.getsockopt(connection!.fileno(), SOL_SOCKET, SO_LINGER, value, Int32Array.of(8));
      // struct linger: l_onoff, l_linger.
      assert.equal(value.readInt32LE(0), 0);
      // More than the kernel takes for a client that reads nothing.
      connection!.write(Buffer.alloc(2 ** 23));
      await subject.received(1);
      const startMs = performance.now();
      connection!.close();
      assert.ok(performance.now() - startMs < 1000);
    });
  });

  it('refuses a closed fd, and a number that is not an fd', () => {
    const before = countFds();
    for (const fd of [999_999, -1]) {
      const address: ListenAddress = { fd };
      assert.throws(() => new Server({ address }), /EBADF|negative/);
    }
    assert.equal(countFds(), before);
  });
});

it('a client is refused when the server has ended', () => {
  const { server } = new Serving('poll');
  const address = server.address();
  server.close();
  assert.throws(() => new Client(address), { code: 'ECONNREFUSED' });
});

describe('an address without a valid form', () => {
  const wrong = [undefined, null, 9001, [], ['127.0.0.1'], ['127.0.0.1', '9001'], ['::1', 0, 0, 0], {}];
  for (const address of wrong) {
    it(`is refused with a message: ${JSON.stringify(address)}`, () => {
      const options = { address, onMessage: () => undefined } as unknown as ServerOptions;
      assert.throws(() => new Server(options), { name: 'TypeError', message: /^address must be \[host, port\]/ });
    });
  }
});
