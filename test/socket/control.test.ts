import assert from 'node:assert/strict';
import { fstatSync } from 'node:fs';
import { describe, it } from 'node:test';

import {
  AF_INET,
  AF_UNIX,
  CMSG_LEN,
  CMSG_SPACE,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  recvFds,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  sendFds,
  SO_PASSCRED,
  SOCK_DGRAM,
  type Socket,
  socket,
  socketpair,
  SOL_SOCKET,
} from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';

function pair(type?: number): [Socket, Socket] & Disposable {
  const ends = socketpair(AF_UNIX, type);
  const dispose = (): void => {
    for (const end of ends) end.close();
  };
  return Object.assign(ends, { [Symbol.dispose]: dispose });
}

function openFds(): number[] {
  const fds = new Int32Array(2);
  sys.pipe2(fds, sys.O_CLOEXEC);
  return Array.from(fds);
}

function closeAll(fds: number[]): void {
  for (const fd of fds) sys.close(fd);
}

describe('CMSG_LEN and CMSG_SPACE', () => {
  it('count as cmsg(3) does', () => {
    assert.deepEqual([0, 1, 4, 8, 2147483631].map(CMSG_LEN), [16, 17, 20, 24, 2147483647]);
    assert.deepEqual([0, 1, 4, 8, 9, 2147483623].map(CMSG_SPACE), [16, 24, 24, 24, 32, 2147483640]);
  });

  it('throw for lengths out of range', () => {
    for (const length of [-1, 2147483632, 2 ** 31]) {
      assert.throws(() => CMSG_LEN(length), { name: 'RangeError', message: 'CMSG_LEN() argument out of range' });
    }
    for (const length of [-1, -8, 2147483624, 2 ** 31]) {
      assert.throws(() => CMSG_SPACE(length), { name: 'RangeError', message: 'CMSG_SPACE() argument out of range' });
    }
    assert.throws(() => CMSG_LEN('x' as never), { name: 'TypeError' });
  });
});

describe('sendmsg and recvmsg', () => {
  it('gather and scatter buffers', () => {
    using ends = pair();
    const [one, other] = ends;
    assert.equal(one.sendmsg([Buffer.from('ab'), new Uint8Array(0), Buffer.from('cde')]), 5);
    assert.deepEqual(other.recvmsg(100, 0, MSG_PEEK), [Buffer.from('abcde'), [], 0, null]);
    const first = Buffer.alloc(3);
    const second = Buffer.alloc(10);
    assert.deepEqual(other.recvmsgInto([first, second]), [5, [], 0, null]);
    assert.deepEqual([String(first), String(second.subarray(0, 2))], ['abc', 'de']);
  });

  it('send a datagram to an address, and report its sender and whether it was cut off', () => {
    using receiver = socket(AF_INET, SOCK_DGRAM);
    using sender = socket(AF_INET, SOCK_DGRAM);
    for (const s of [receiver, sender]) s.bind(['127.0.0.1', 0]);
    sender.sendmsg([Buffer.from('datagram')], [], 0, receiver.getsockname() as [string, number]);
    assert.deepEqual(receiver.recvmsg(4), [Buffer.from('data'), [], MSG_TRUNC, sender.getsockname()]);
  });

  it('receive records in order, each with its own data', () => {
    using ends = pair();
    const [one, other] = ends;
    other.setsockopt(SOL_SOCKET, SO_PASSCRED, 1);
    const fds = openFds();
    sendFds(one, [Buffer.from('x')], fds);
    const [, records] = other.recvmsg(10, CMSG_SPACE(12) + CMSG_SPACE(8));
    assert.deepEqual(
      records.map(([level, type, data]) => [level, type, data.length]),
      [
        [SOL_SOCKET, SCM_CREDENTIALS, 12],
        [SOL_SOCKET, SCM_RIGHTS, 8],
      ],
    );
    assert.equal(records[0]?.[2].readInt32LE(0), process.pid);
    const rights = records[1]?.[2] ?? Buffer.alloc(0);
    closeAll([rights.readInt32LE(0), rights.readInt32LE(4), ...fds]);
  });

  it('throw for arguments of the wrong type', () => {
    using s = socket();
    const data = [Buffer.from('x')];
    const loose = s as unknown as Record<'sendmsg' | 'recvmsgInto', (...args: unknown[]) => unknown>;
    const type = (call: () => unknown, message: string): void => {
      assert.throws(call, { name: 'TypeError', message });
    };
    const item = '[sendmsg() ancillary data items]() argument must be';
    type(() => loose.sendmsg(5), 'sendmsg() argument 1 must be an iterable');
    type(() => loose.sendmsg('x'), "a bytes-like object is required, not 'str'");
    type(() => loose.sendmsg(data[0]), "a bytes-like object is required, not 'int'");
    type(() => loose.sendmsg(data, 5), 'sendmsg() argument 2 must be an iterable');
    type(() => loose.sendmsg(data, [5]), `${item} 3-item sequence, not int`);
    type(() => loose.sendmsg(data, [[1, 2]]), `${item} sequence of length 3, not 2`);
    type(() => loose.sendmsg(data, [[1, 2, 3]]), "a bytes-like object is required, not 'int'");
    type(() => loose.sendmsg(data, [], 'x'), "'str' object cannot be interpreted as an integer");
    type(() => loose.recvmsgInto(5), 'recvmsg_into() argument 1 must be an iterable');
    type(
      () => loose.recvmsgInto(['x']),
      'recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers',
    );
  });

  it('throw for sizes out of range', () => {
    using s = socket();
    const many = Array.from({ length: 1025 }, () => Buffer.alloc(1));
    assert.throws(() => s.sendmsg(many), { code: 'EMSGSIZE' });
    assert.throws(() => s.recvmsgInto(many), { code: 'EMSGSIZE' });
    assert.throws(() => s.recvmsg(-1), { name: 'RangeError', message: 'negative buffer size in recvmsg()' });
    const length = { name: 'RangeError', message: 'invalid ancillary data buffer length' };
    assert.throws(() => s.recvmsg(1, -1), length);
    assert.throws(() => s.recvmsg(1, 2 ** 31), length);
    assert.throws(() => s.recvmsgInto([], -1), length);
  });
});

describe('sendFds and recvFds', () => {
  it('pass open files, close-on-exec at the other end', () => {
    using ends = pair();
    const sent = openFds();
    assert.equal(sendFds(ends[0], [Buffer.from('fds')], sent), 3);
    const [data, fds, msgFlags, address] = recvFds(ends[1], 100, 4);
    assert.deepEqual([String(data), fds.length, msgFlags, address], ['fds', 2, 0, null]);
    fds.forEach((fd, i) => {
      assert.equal(fstatSync(fd).ino, fstatSync(sent[i]!).ino);
      assert.equal(sys.fcntl(fd, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    });
    closeAll([...sent, ...fds]);
  });

  it('set MSG_CTRUNC when more fds were sent than fit', () => {
    using ends = pair();
    const sent = openFds();
    sendFds(ends[0], [Buffer.from('x')], sent);
    const [, fds, msgFlags] = recvFds(ends[1], 100, 1);
    assert.equal(msgFlags & MSG_CTRUNC, MSG_CTRUNC);
    // The padding of CMSG_LEN(4) may have room for a second fd.
    assert.ok(fds.length >= 1);
    closeAll([...sent, ...fds]);
  });

  it('pass on flags and an address', () => {
    using receiver = socket(AF_UNIX, SOCK_DGRAM);
    receiver.bind('');
    using sender = socket(AF_UNIX, SOCK_DGRAM);
    const sent = openFds();
    sendFds(sender, [Buffer.from('x')], sent, 0, receiver.getsockname() as Buffer);
    const [data, fds] = recvFds(receiver, 10, 2, MSG_DONTWAIT);
    assert.deepEqual([String(data), fds.length], ['x', 2]);
    assert.throws(() => recvFds(receiver, 10, 2, MSG_DONTWAIT), { name: 'BlockingIOError' });
    closeAll([...sent, ...fds]);
  });

  it('throw for a closed fd and for values that are not an fd', () => {
    using ends = pair();
    assert.throws(() => sendFds(ends[0], [Buffer.from('x')], [999_999]), { code: 'EBADF' });
    assert.throws(() => sendFds(ends[0], [Buffer.from('x')], ['x'] as never), { name: 'TypeError' });
    assert.throws(() => recvFds(ends[0], 1, -1), { name: 'RangeError' });
  });
});
