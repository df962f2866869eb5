import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { describe, it } from 'node:test';

import { native, type NativeArray } from '../../src/system/native.ts';
import * as sys from '../../src/sys.ts';
import { detached, shrunk } from '../support/hostile-values.ts';
import { check, Fds, loopback, named } from '../support/fds.ts';

const CANARY = 0xa5;
const ROOM = 8;

type Transfer = (fd: number, buffer: NativeArray, offset: number, length: number) => number;

const transfers: Record<string, Transfer> = {
  recv: (fd, buffer, offset, length) => sys.recv(fd, buffer, offset, length, 0),
  send: (fd, buffer, offset, length) => sys.send(fd, buffer, offset, length, 0),
  recvfrom: (fd, buffer, offset, length) =>
    sys.recvfrom(fd, buffer, offset, length, 0, new Uint8Array(16), new Int32Array(1)),
  sendto: (fd, buffer, offset, length) => sys.sendto(fd, buffer, offset, length, 0, loopback(0), 0),
  read: sys.read,
  write: sys.write,
};

const isRangeError = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
const isTypeError = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };

// A window of ROOM bytes in the middle of a larger buffer, and a function that checks the bytes around the window.
function guarded(): { window: Uint8Array; isIntact: () => boolean } {
  const memory = new Uint8Array(ROOM * 3).fill(CANARY);
  return {
    window: memory.subarray(ROOM, ROOM * 2),
    isIntact: () => memory.every((byte, index) => byte === CANARY || (index >= ROOM && index < ROOM * 2)),
  };
}

function readySocket(fds: Fds, bytes: number): number {
  const [here, there] = fds.pair();
  check(sys.send(there, new Uint8Array(bytes), 0, bytes, 0));
  return here;
}

describe('a buffer with an offset and a length', () => {
  const outside: readonly (readonly [offset: number, length: number])[] = [
    [0, ROOM + 1],
    [1, ROOM],
    [ROOM, 1],
    [ROOM + 1, 0],
    [ROOM + 1, -1],
    [-1, 1],
    [-ROOM, ROOM],
    [0, -1],
    [0, 2 ** 32],
    [2 ** 32, 1],
    [2 ** 53, 2 ** 53],
    [Infinity, 0],
    [0, Infinity],
    [0, -Infinity],
    [0.5, 1],
    [0, 1.5],
    [Number.MIN_VALUE, 1],
  ];
  for (const [name, transfer] of Object.entries(transfers)) {
    it(`is refused by ${name} when it reaches beyond the end`, () => {
      using fds = new Fds();
      const fd = readySocket(fds, 64);
      const { window, isIntact } = guarded();
      for (const [offset, length] of outside) {
        assert.throws(() => transfer(fd, window, offset, length), isRangeError, `${offset}, ${length}`);
      }
      assert.ok(isIntact());
      assert.equal(sys.ioctl(fd, sys.FIONREAD, 0), 64);
    });

    it(`is accepted by ${name} up to the very end`, () => {
      using fds = new Fds();
      const { window, isIntact } = guarded();
      for (const [offset, length] of [
        [0, ROOM],
        [ROOM - 1, 1],
        [-0, 1],
      ] as const) {
        assert.equal(transfer(readySocket(fds, 64), window, offset, length), length);
      }
      assert.ok(isIntact());
      assert.ok(transfer(readySocket(fds, 64), window, ROOM, 0) <= 0);
      assert.ok(transfer(readySocket(fds, 64), new Uint8Array(0), 0, 0) <= 0);
    });

    it(`has no room in ${name} when its memory has gone`, () => {
      using fds = new Fds();
      const fd = readySocket(fds, 64);
      const gone = [detached(new Uint8Array(ROOM)), shrunk(Uint8Array, 64, 8, 8, 8), shrunk(Uint8Array, 64, 0)];
      for (const view of gone as Uint8Array[]) {
        assert.throws(() => transfer(fd, view, 0, 1), isRangeError);
        assert.ok(transfer(fd, view, 0, 0) <= 0);
      }
    });
  }
});

describe('a count of entries', () => {
  it('is refused by select when a bitmap is shorter', () => {
    const words = (count: number) => new Uint32Array(count);
    const refused: readonly (readonly [nfds: number, ...sets: (Uint32Array | null)[]])[] = [
      [65, words(2), null, null],
      [65, words(4), words(2), null],
      [65, null, null, words(3)],
      [1, words(1), null, null],
      [1024, words(31), null, null],
      [2 ** 31 - 1, words(32), null, null],
      [1, new Uint32Array(0), null, null],
    ];
    for (const [nfds, read = null, write = null, except = null] of refused) {
      assert.throws(() => sys.select(nfds, read, write, except, 0), isRangeError, String(nfds));
    }
    assert.throws(() => sys.select(-1, null, null, null, 0), isRangeError);
    assert.equal(sys.select(2 ** 31 - 1, null, null, null, 0), 0);
  });

  it('is refused by poll when the table is shorter', () => {
    for (const [bytes, nfds] of [
      [8, 2],
      [15, 2],
      [0, 1],
      [64, 2 ** 29],
      [64, 2 ** 31 - 1],
      [64, -1],
    ] as const) {
      assert.throws(() => sys.poll(new Uint8Array(bytes), nfds, 0), isRangeError, `${bytes}, ${nfds}`);
    }
    assert.equal(sys.poll(new Uint8Array(0), 0, 0), 0);
  });

  it('is refused by epollWait when the events do not fit', () => {
    using fds = new Fds();
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const size = sys.SIZEOF_EPOLL_EVENT;
    for (const [bytes, most] of [
      [size - 1, 1],
      [size * 2 - 1, 2],
      [0, 1],
      [size, 2 ** 31 - 1],
      [size, 2 ** 30],
    ] as const) {
      assert.throws(() => sys.epollWait(epfd, new Uint8Array(bytes), most, 0), isRangeError, `${bytes}, ${most}`);
    }
    assert.equal(sys.epollWait(epfd, new Uint8Array(size), 1, 0), 0);
  });

  it('is refused by sendfile when it is no whole number that a file can have', () => {
    using fds = new Fds();
    const file = fds.own(openSync(process.execPath, 'r'));
    const [here] = fds.pair();
    for (const value of [-1, 0.5, 1e-300, 2 ** 53, Infinity]) {
      assert.throws(() => sys.sendfile(here, file, value, 1), isRangeError, String(value));
      assert.throws(() => sys.sendfile(here, file, 0, value), isRangeError, String(value));
    }
  });
});

describe('an address', () => {
  it('is refused when its length reaches beyond its buffer', () => {
    using fds = new Fds();
    const [fd] = fds.pair(sys.SOCK_DGRAM);
    const [one, short] = [new Uint8Array(1), new Uint8Array(15)];
    for (const length of [16, 2 ** 31 - 1, -1]) {
      assert.throws(() => sys.bind(fd, short, length), isRangeError);
      assert.throws(() => sys.connect(fd, short, length), isRangeError);
      assert.throws(() => sys.sendto(fd, one, 0, 1, 0, short, length), isRangeError);
      assert.throws(() => sys.sendmsg(fd, [one], null, 0, short, length), isRangeError);
    }
  });

  it('is not read beyond its end by getnameinfo', () => {
    const memory = new Uint8Array(64).fill(CANARY);
    memory.set([115, 101, 99, 114, 101, 116, 0], 8);
    const out = new Int32Array(1);
    const families: readonly (readonly [family: number, whole: number])[] = [
      [sys.AF_UNIX, 65],
      [sys.AF_INET, sys.SIZEOF_SOCKADDR_IN],
      [sys.AF_INET6, sys.SIZEOF_SOCKADDR_IN6],
    ];
    for (const [family, whole] of families) {
      new Uint16Array(memory.buffer)[0] = family;
      for (let length = 0; length < Math.min(whole, memory.length); length++) {
        const result = native.getnameinfo(memory.subarray(0, length), 3, out);
        assert.equal(result, native.constants.EAI_FAMILY, `family ${family}, ${length} bytes`);
      }
    }
  });

  it('is not read or written beyond its end by inetPton, inetNtop and inetAton', () => {
    assert.throws(() => native.inetPton(sys.AF_INET6, '::1', new Uint8Array(15)), isRangeError);
    assert.throws(() => native.inetNtop(sys.AF_INET6, new Uint8Array(15)), isRangeError);
    assert.throws(() => native.inetNtop(sys.AF_INET, new Uint8Array(3)), isRangeError);
    assert.throws(() => native.inetAton('127.0.0.1', new Uint8Array(3)), isRangeError);
  });
});

describe('an output array', () => {
  it('is refused when it is too short or of another class', () => {
    using fds = new Fds();
    const [fd] = fds.pair();
    const bytes = new Uint8Array(64);
    const calls: readonly ((out: Int32Array) => unknown)[] = [
      (out) => sys.getsockname(fd, bytes, out),
      (out) => sys.getpeername(fd, bytes, out),
      (out) => sys.accept4(fd, bytes, out, 0),
      (out) => sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_TYPE, bytes, out),
      (out) => sys.recvfrom(fd, bytes, 0, 1, 0, bytes, out),
      (out) => sys.recvmsg(fd, [bytes], null, 0, null, out),
      (out) => sys.pipe2(out, 0),
      (out) => sys.socketpair(sys.AF_UNIX, sys.SOCK_STREAM, 0, out),
    ];
    const wrong = [new Int32Array(0), detached(new Int32Array(8)), new Uint32Array(8), new BigInt64Array(8), bytes];
    for (const call of calls) for (const out of wrong) assert.throws(() => call(out as Int32Array), isTypeError);
    assert.throws(() => sys.pipe2(new Int32Array(1), 0), isTypeError);
    assert.throws(() => sys.recvmsg(fd, [bytes], null, 0, null, new Int32Array(2)), isTypeError);
  });

  it('may be the very memory of another argument', () => {
    using fds = new Fds();
    const [fd] = fds.pair();
    const ints = new Int32Array(4);
    const bytes = new Uint8Array(ints.buffer);
    assert.equal(sys.getsockname(fd, bytes, ints), 0);
    assert.equal(sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_TYPE, ints, ints), 0);
    assert.equal(ints[0], 4);
    assert.equal(named(sys.recvmsg(fd, [bytes, bytes], bytes, 0, bytes, ints)), 'EAGAIN');
  });
});
