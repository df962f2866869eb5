import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { DatagramServer, type DatagramOptions, Server, type SocketOptions } from '../../../src/server.ts';
import { type AddressInput, AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { until } from '../../support/child.ts';
import { countFds } from '../../support/fds.ts';
import { MovedClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/socket-pairs.ts';

const folder = temporaryFolder();
const SMALL_BYTES = 8192;
const EACCES = 13;
const isRoot = process.getuid!() === 0;

function datagramServer(options: Partial<DatagramOptions> = {}): DatagramServer {
  return new DatagramServer({ address: ['127.0.0.1', 0], onMessage: () => undefined, ...options });
}

/** Sends more than a small receive buffer can hold. */
function flood(server: DatagramServer, datagrams = 100): void {
  using client = new Socket(AF_INET, SOCK_DGRAM);
  for (let count = 0; count < datagrams; count++) client.sendto(Buffer.alloc(1000), server.address() as AddressInput);
}

describe('datagrams that the kernel has dropped', () => {
  it('are counted exactly, and reported with their number', async () => {
    const reports: number[] = [];
    const clock = new MovedClock();
    const server = datagramServer({
      clock,
      receiveBufferBytes: SMALL_BYTES,
      timeoutSeconds: 0.01,
      onDropped: (count) => reports.push(count),
    });
    flood(server);
    const { dropped } = server.stats();
    assert.ok(dropped > 50 && dropped < 100, String(dropped));
    const done = server.serveForever();
    await until(() => server.stats().messages === 100 - dropped);
    assert.deepEqual(reports, [dropped]);
    // Within a second there is no other report.
    server.hold();
    flood(server);
    server.release();
    await until(() => server.stats().messages + server.stats().dropped === 200);
    const { turns } = server.stats();
    await until(() => server.stats().turns > turns + 2);
    assert.equal(reports.length, 1);
    clock.advance(1);
    await until(() => reports.length === 2);
    assert.equal(reports[0]! + reports[1]!, server.stats().dropped);
    server.shutdown();
    await done;
    assert.equal(server.stats().dropped, reports[0]! + reports[1]!);
  });

  it('do not count for a server that has taken over the socket later', () => {
    const first = datagramServer({ receiveBufferBytes: SMALL_BYTES });
    flood(first);
    const second = datagramServer({ address: { fd: first.fileno() } });
    assert.equal(second.stats().dropped, 0);
    flood(second);
    assert.equal(second.stats().dropped, 100);
    second.close();
  });
});

describe('receiveBufferBytes', () => {
  it('is what the kernel has given, for datagrams and for connections', () => {
    for (const Type of [Server, datagramServer]) {
      const create = (receiveBufferBytes: number): Server | DatagramServer =>
        Type === Server
          ? new Server({ address: ['127.0.0.1', 0], receiveBufferBytes })
          : datagramServer({ receiveBufferBytes });
      using small = create(SMALL_BYTES);
      assert.equal(small.receiveBufferBytes, SMALL_BYTES);
      using tooLarge = create(2 ** 40);
      assert.ok(tooLarge.receiveBufferBytes < 2 ** 40);
      small.close();
      assert.equal(small.receiveBufferBytes, 0);
      using unchanged = create(0);
      assert.ok(unchanged.receiveBufferBytes > SMALL_BYTES);
    }
  });

  it('refuses what is no size', () => {
    const before = countFds();
    for (const wrong of [-1, 1.5, NaN]) {
      assert.throws(() => datagramServer({ receiveBufferBytes: wrong }), RangeError);
      assert.throws(() => new Server({ address: ['127.0.0.1', 0], receiveBufferBytes: wrong }), RangeError);
    }
    assert.throws(() => datagramServer({ receiveBufferBytes: '1' as unknown as number }), TypeError);
    assert.equal(countFds(), before);
  });
});

describe('unixMode and unixOwner', () => {
  const path = join(folder, 'socket');
  const permissions = () => statSync(path).mode & 0o777;
  for (const [kind, open] of [
    ['stream', (options: SocketOptions) => new Server({ address: path, ...options })],
    ['datagram', (options: SocketOptions) => datagramServer({ address: path, ...options })],
  ] as const) {
    it(`give the path the permissions, whatever the umask is (${kind})`, () => {
      for (const umask of [0, 0o077, 0o777]) {
        const before = process.umask(umask);
        try {
          for (const mode of [0o600, 0o660, 0o666, 0o000]) {
            using _server = open({ unixMode: mode });
            assert.equal(permissions(), mode);
          }
        } finally {
          process.umask(before);
        }
        assert.equal(existsSync(path), false);
      }
    });

    it(`give the path its owner and group (${kind})`, { skip: !isRoot && 'needs root' }, () => {
      using server = open({ unixOwner: { uid: 12, gid: 34 } });
      const { uid, gid } = statSync(path);
      assert.deepEqual([uid, gid, permissions()], [12, 34, 0o660]);
      server.close();
      using _other = open({ unixOwner: { gid: 34 }, unixMode: 0o620 });
      assert.deepEqual([statSync(path).uid, statSync(path).gid, permissions()], [0, 34, 0o620]);
    });
  }

  it('are never wider than asked for, not even between bind and chmod', (t) => {
    const seen: number[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its socket below
    const real = Socket.prototype.bind;
    t.mock.method(Socket.prototype, 'bind', function (this: Socket, address: AddressInput) {
      real.call(this, address);
      seen.push(permissions());
    });
    const before = process.umask(0);
    try {
      new Server({ address: path, unixMode: 0o600 }).close();
    } finally {
      process.umask(before);
    }
    assert.deepEqual(seen, [0]);
  });

  it('leave no path and no fd when they fail', () => {
    const before = countFds();
    for (const [options, error] of [
      [{ unixMode: 0o1000 }, RangeError],
      [{ unixMode: '660' as unknown as number }, TypeError],
      [{ unixMode: -1 }, RangeError],
      [{ unixOwner: { uid: 2 ** 32 } }, RangeError],
      [{ unixOwner: { gid: 1.5 } }, RangeError],
      [{ unixOwner: 'root' as unknown as object }, TypeError],
    ] as const) {
      assert.throws(() => new Server({ address: path, ...options }), error);
      assert.equal(existsSync(path), false);
    }
    for (const address of [['127.0.0.1', 0], '', '\0name'] as const) {
      assert.throws(() => new Server({ address, unixMode: 0o600 }), TypeError);
    }
    assert.equal(countFds(), before);
  });

  it('leave no path when the owner may not be given', { skip: !isRoot && 'needs root' }, () => {
    const before = countFds();
    process.setegid!(1);
    process.seteuid!(1);
    try {
      assert.throws(
        () => new Server({ address: join('/tmp', `tripoll-owner-${process.pid}`), unixOwner: { uid: 2 } }),
        {
          code: 'EPERM',
          syscall: 'chown',
        },
      );
    } finally {
      process.seteuid!(0);
      process.setegid!(0);
    }
    assert.equal(existsSync(join('/tmp', `tripoll-owner-${process.pid}`)), false);
    assert.equal(countFds(), before);
  });

  it('let those connect who may write to the path', { skip: !isRoot && 'needs root' }, () => {
    const shared = join('/tmp', `tripoll-mode-${process.pid}`);
    using _server = new Server({ address: shared, unixOwner: { uid: 1 }, unixMode: 0o600 });
    const connectAs = (uid: number): number => {
      using client = new Socket(AF_UNIX, SOCK_STREAM);
      process.seteuid!(uid);
      try {
        return client.connectEx(shared);
      } finally {
        process.seteuid!(0);
      }
    };
    assert.equal(connectAs(1), 0);
    assert.equal(connectAs(2), EACCES);
  });
});
