import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { errnoOf } from '../../src/system/errors.ts';
import { native } from '../../src/system/native.ts';
import * as sys from '../../src/sys.ts';
import { Fds } from '../support/fds.ts';

const ROOM = 8;
const UNTOUCHED = 99;

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

// Sockets to receive from; a text waits in each.
function waiting(fds: Fds, texts: readonly string[]): Int32Array {
  return Int32Array.from(texts, (bytes) => {
    const [here, there] = fds.pair();
    if (bytes !== '') assert.equal(sys.send(there, Buffer.from(bytes), 0, bytes.length, 0), bytes.length);
    return here;
  });
}

describe('recvEach', () => {
  it('stores the bytes of one recv of each fd one after the other', () => {
    using fds = new Fds();
    const sockets = waiting(fds, ['abc', '', 'd', 'efghijklmnop']);
    const bytes = new Uint8Array(4 * ROOM);
    const results = new Int32Array(4);
    assert.equal(native.recvEach(sockets, 4, bytes, ROOM, results), 4);
    assert.deepEqual([...results], [3, errnoOf('EAGAIN'), 1, ROOM]);
    assert.equal(text(bytes.subarray(0, 12)), 'abcdefghijkl');
    assert.equal(native.recvEach(sockets.subarray(3), 1, bytes, ROOM, results), 1);
    assert.equal(text(bytes.subarray(0, results[0])), 'mnop');
  });

  it('returns 0 for the end of the input and -errno for an fd that is no socket, and goes on', () => {
    using fds = new Fds();
    const [ended, peer] = fds.pair();
    fds.close(peer);
    const sockets = Int32Array.of(-1, fds.closed(), fds.pipe()[0], ended, ...waiting(fds, ['x']));
    const results = new Int32Array(5);
    assert.equal(native.recvEach(sockets, 5, new Uint8Array(64), ROOM, results), 5);
    assert.deepEqual([...results], [errnoOf('EBADF'), errnoOf('EBADF'), errnoOf('ENOTSOCK'), 0, 1]);
  });

  it('ends when there is no room for the most that the next recv may return', () => {
    using fds = new Fds();
    const sockets = waiting(fds, ['abcdefgh', 'ijkl', 'mnop']);
    const results = new Int32Array(3).fill(UNTOUCHED);
    assert.equal(native.recvEach(sockets, 3, new Uint8Array(2 * ROOM), ROOM, results), 2);
    assert.deepEqual([...results], [8, 4, UNTOUCHED]);
    assert.equal(native.recvEach(sockets, 3, new Uint8Array(ROOM - 1), ROOM, results), 0);
    assert.equal(native.recvEach(sockets, 0, new Uint8Array(ROOM), ROOM, results), 0);
  });

  it('throws for a count beyond the arrays, and for no room at all', () => {
    const one = new Int32Array(1);
    const bytes = new Uint8Array(ROOM);
    assert.throws(() => native.recvEach(one, 2, bytes, ROOM, new Int32Array(2)), TypeError);
    assert.throws(() => native.recvEach(new Int32Array(2), 2, bytes, ROOM, one), TypeError);
    assert.throws(() => native.recvEach(one, -1, bytes, ROOM, one), RangeError);
    assert.throws(() => native.recvEach(one, 1, bytes, 0, one), RangeError);
  });
});

describe('sendEach', () => {
  it('sends each the bytes from the end of those before', () => {
    using fds = new Fds();
    const pairs = [fds.pair(), fds.pair(), fds.pair()];
    const sockets = Int32Array.from(pairs, ([here]) => here);
    const results = new Int32Array(3);
    assert.equal(native.sendEach(sockets, 3, Buffer.from('abcdef'), Int32Array.of(3, 3, 6), results), 3);
    assert.deepEqual([...results], [3, 0, 3]);
    const got = pairs.map(([, there]) => {
      const bytes = new Uint8Array(ROOM);
      return text(bytes.subarray(0, Math.max(0, sys.recv(there, bytes, 0, ROOM, 0))));
    });
    assert.deepEqual(got, ['abc', '', 'def']);
  });

  it('returns -EPIPE, without a signal, when the peer has closed, and goes on', () => {
    using fds = new Fds();
    const [gone, peer] = fds.pair();
    fds.close(peer);
    const results = new Int32Array(2);
    const sockets = Int32Array.of(gone, fds.pair()[0]);
    assert.equal(native.sendEach(sockets, 2, Buffer.from('ab'), Int32Array.of(1, 2), results), 2);
    assert.deepEqual([...results], [errnoOf('EPIPE'), 1]);
  });

  it('throws for offsets that fall, or lie beyond the buffer', () => {
    using fds = new Fds();
    const sockets = Int32Array.of(fds.pair()[0], fds.pair()[0]);
    const results = new Int32Array(2);
    for (const ends of [
      [4, 3],
      [-1, 2],
      [2, 5],
      [2 ** 31 - 1, 2 ** 31 - 1],
    ]) {
      assert.throws(() => native.sendEach(sockets, 2, new Uint8Array(4), Int32Array.from(ends), results), RangeError);
    }
    assert.throws(() => native.sendEach(sockets, 3, new Uint8Array(4), new Int32Array(3), results), TypeError);
  });
});

describe('findEach', () => {
  it('finds the offsets of a byte between two offsets, as many as there is room for', () => {
    const bytes = Buffer.from('\na\nbc\n\nd\n');
    const positions = new Int32Array(3);
    const newline = Buffer.from('\n');
    assert.equal(native.findEach(bytes, 1, 7, newline, positions), 3);
    assert.deepEqual([...positions], [2, 5, 6]);
    assert.equal(native.findEach(bytes, 0, bytes.length, newline, positions), 3);
    assert.deepEqual([...positions], [0, 2, 5]);
    assert.equal(native.findEach(bytes, 3, 5, newline, positions), 0);
    assert.equal(native.findEach(bytes, 9, 9, newline, positions), 0);
  });

  it('finds longer matches one after the other, and none that reaches beyond the end', () => {
    const positions = new Int32Array(4);
    assert.equal(native.findEach(Buffer.from('aaaaa'), 0, 5, Buffer.from('aa'), positions), 2);
    assert.deepEqual([...positions.subarray(0, 2)], [0, 2]);
    assert.equal(native.findEach(Buffer.from('x\r\n'), 0, 2, Buffer.from('\r\n'), positions), 0);
  });

  it('throws for offsets beyond the buffer or in the wrong order, and for nothing to find', () => {
    const bytes = new Uint8Array(4);
    const positions = new Int32Array(1);
    for (const [from, to] of [
      [0, 5],
      [-1, 2],
      [3, 2],
    ] as const) {
      assert.throws(() => native.findEach(bytes, from, to, bytes, positions), RangeError);
    }
    assert.throws(() => native.findEach(bytes, 0, 4, new Uint8Array(0), positions), RangeError);
  });
});
