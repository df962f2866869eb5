import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { detached, shrunk } from '../support/hostile-values.ts';
import { check, Fds } from '../support/fds.ts';

const SIZE = 4096;

type Vectors = readonly Uint8Array[];
type Vectored = (fd: number, buffers: Vectors) => number;

const calls: Record<string, Vectored> = {
  sendmsg: (fd, buffers) => sys.sendmsg(fd, buffers, null, 0, null, 0),
  recvmsg: (fd, buffers) => sys.recvmsg(fd, buffers, null, 0, null, new Int32Array(3)),
};

function readySocket(fds: Fds): number {
  const [here, there] = fds.pair();
  check(sys.send(there, new Uint8Array(SIZE).fill(7), 0, SIZE, 0));
  return here;
}

// An array with a getter at `index`.
function withGetter(elements: Uint8Array[], index: number, get: () => unknown): Uint8Array[] {
  return Object.defineProperty(elements, index, { get, enumerable: true });
}

// Frees memory and allocates it again, so that an old pointer would point to other data.
function churn(): Uint8Array[] {
  return Array.from({ length: 64 }, () => new Uint8Array(SIZE).fill(0x5a));
}

const isVectorError = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /array of Uint8Array/ };

for (const [name, call] of Object.entries(calls)) {
  describe(`the buffers of ${name}`, () => {
    it('may have a getter that detaches an earlier one, which then counts as empty', () => {
      using fds = new Fds();
      const first = new Uint8Array(SIZE);
      const last = new Uint8Array(8);
      let taken: Uint8Array[] = [];
      const buffers = withGetter([first, last], 1, () => {
        detached(first);
        taken = churn();
        return last;
      });
      assert.equal(call(readySocket(fds), buffers), 8);
      assert.ok(taken.every((block) => block.every((byte) => byte === 0x5a)));
    });

    it('may have a getter that shrinks an earlier one', () => {
      using fds = new Fds();
      const first = shrunk(Uint8Array, SIZE, SIZE) as Uint8Array;
      const last = new Uint8Array(8);
      const buffers = withGetter([first, last], 1, () => {
        (first.buffer as unknown as { resize(bytes: number): void }).resize(16);
        return last;
      });
      assert.equal(call(readySocket(fds), buffers), 24);
    });

    it('may have a getter that detaches itself or a later one', () => {
      using fds = new Fds();
      const later = new Uint8Array(SIZE);
      const buffers = withGetter([new Uint8Array(0), later], 0, () => {
        detached(later);
        return detached(new Uint8Array(SIZE));
      });
      assert.ok(call(readySocket(fds), buffers) <= 0);
    });

    it('may have a getter that makes a buffer without any other reference', () => {
      using fds = new Fds();
      const buffers = withGetter([new Uint8Array(0), new Uint8Array(0)], 0, () => new Uint8Array(SIZE));
      withGetter(buffers, 1, () => (churn(), new Uint8Array(0)));
      assert.equal(call(readySocket(fds), buffers), SIZE);
    });

    it('may have a getter that shortens or lengthens the array', () => {
      using fds = new Fds();
      const shorter: Uint8Array[] = withGetter([new Uint8Array(0), new Uint8Array(4)], 0, () => {
        shorter.length = 1;
        return new Uint8Array(4);
      });
      assert.throws(() => call(readySocket(fds), shorter), isVectorError);
      const longer: Uint8Array[] = withGetter([new Uint8Array(0)], 0, () => {
        for (let i = 0; i < 5000; i++) longer.push(new Uint8Array(4));
        return new Uint8Array(4);
      });
      assert.equal(call(readySocket(fds), longer), 4);
    });

    it('may have a getter that makes the same call', () => {
      using fds = new Fds();
      const fd = readySocket(fds);
      let depth = 0;
      const buffers: Uint8Array[] = withGetter([new Uint8Array(0)], 0, () => {
        if (depth++ < 20) assert.equal(call(fd, buffers), 2);
        return new Uint8Array(2);
      });
      assert.equal(call(fd, buffers), 2);
      assert.equal(depth, 21);
    });

    it('may have a getter that recurses until the stack is full', () => {
      using fds = new Fds();
      const fd = readySocket(fds);
      const buffers: Uint8Array[] = withGetter([new Uint8Array(0)], 0, () => call(fd, buffers));
      assert.throws(() => call(fd, buffers), RangeError);
    });

    it('pass on the error of a getter, and do not use the fd', () => {
      using fds = new Fds();
      const fd = readySocket(fds);
      const failure = new Error('thrown by a getter');
      const buffers = withGetter([new Uint8Array(8), new Uint8Array(8)], 1, () => {
        throw failure;
      });
      assert.throws(() => call(fd, buffers), failure);
      assert.equal(sys.ioctl(fd, sys.FIONREAD, 0), SIZE);
    });

    it('are 1024 at most', () => {
      using fds = new Fds();
      const many = Array.from({ length: 1025 }, () => new Uint8Array(1));
      const error = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
      assert.throws(() => call(readySocket(fds), many), error);
      assert.throws(() => call(readySocket(fds), new Array<Uint8Array>(2 ** 32 - 1)), error);
      assert.equal(call(readySocket(fds), many.slice(1)), 1024);
    });

    it('have no holes', () => {
      using fds = new Fds();
      const holed = Object.assign(new Array<Uint8Array>(3), { 0: new Uint8Array(1), 2: new Uint8Array(1) });
      assert.throws(() => call(readySocket(fds), holed), isVectorError);
    });

    it('are an array itself, not a Proxy of one or something like one', () => {
      using fds = new Fds();
      const fd = readySocket(fds);
      const buffers = [new Uint8Array(1)];
      for (const other of [new Proxy(buffers, {}), { 0: buffers[0], length: 1 }, new Set(buffers), buffers[0]]) {
        assert.throws(() => call(fd, other as unknown as Uint8Array[]), isVectorError);
      }
    });

    it('may be absent', () => {
      using fds = new Fds();
      assert.ok(call(readySocket(fds), []) <= 0);
    });
  });
}

describe('the control buffer of sendmsg', () => {
  it('may contain any bytes', () => {
    using fds = new Fds();
    const [here] = fds.pair();
    for (let round = 0; round < 2000; round++) {
      const control = new Uint8Array(round % 70);
      // Small numbers make many lengths, levels and types nearly right; 0x7f and 0xff make high fds.
      for (let i = 0; i < control.length; i++) {
        control[i] =
          i % 4 === 0 ? [0, 1, 2, 16, 17, 20, 24, 255][(round * 7 + i * 3) % 8]! : round % 11 === 0 ? 0x7f : 0;
      }
      const result = sys.sendmsg(here, [new Uint8Array(0)], control, 0, null, 0);
      assert.ok(result <= 0, String(result));
    }
  });
});
