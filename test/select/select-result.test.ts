import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { select } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { dupAt, eventFd, idleFd, Numbered, readableFd, tcpPair, writeByte } from '../support/fds.ts';
import { timed } from '../support/timed.ts';

const ready = eventFd({ after }, 1);
const idle = idleFd({ after });

function assertNewAndDistinct(result: unknown[][], input: unknown[] = []): void {
  assert.equal(result.length, 3);
  assert.ok(result.every((list) => Array.isArray(list) && !input.includes(list)));
  assert.equal(new Set(result).size, 3);
}

describe('the result of select', () => {
  it('is three new, distinct arrays', () => {
    const lists: [number[], number[], number[]] = [[ready], [ready], []];
    const first = select(...lists, 0);
    const second = select(...lists, 0);
    assertNewAndDistinct(first, lists);
    assert.equal(new Set<unknown>([...first, ...second]).size, 6);
  });

  it('is three new, distinct arrays when the lists are empty', () => {
    const lists: [number[], number[], number[]] = [[], [], []];
    assertNewAndDistinct(select(...lists, 0), lists);
    assert.deepEqual(select(...lists, 0), [[], [], []]);
  });

  it('is three new, distinct arrays when the time is up', () => {
    const lists: [number[], number[], number[]] = [[idle], [], [idle]];
    const result = select(...lists, 0.01);
    assertNewAndDistinct(result, lists);
    assert.deepEqual(result, [[], [], []]);
  });

  it('is three distinct arrays when the same list is passed three times', () => {
    const list = [ready];
    const result = select(list, list, list, 0);
    assertNewAndDistinct(result, [list]);
    assert.deepEqual(result, [[ready], [ready], []]);
  });

  it('belongs to the caller: later calls do not change it', () => {
    const result = select([ready], [], [], 0);
    result[0].push(-1);
    select([idle], [], [], 0);
    assert.deepEqual(select([ready], [], [], 0), [[ready], [], []]);
    assert.deepEqual(result, [[ready, -1], [], []]);
  });

  it('is in the order of the list, not of the fds', (t) => {
    const fds = Array.from({ length: 40 }, () => readableFd(t));
    const shuffled = fds.map((_, index) => fds[(index * 17 + 5) % fds.length]!);
    assert.deepEqual(select(shuffled, [], [], 0)[0], shuffled);
    assert.deepEqual(select(fds.toReversed(), [], [], 0)[0], fds.toReversed());
  });

  it('keeps duplicates: [a, a, b, a] returns [a, a, b, a]', (t) => {
    const [a, b] = [new Numbered(ready), new Numbered(readableFd(t))];
    const [readable] = select([a, a, b, a], [], [], 0);
    assert.deepEqual(
      readable.map((file) => [a, b].indexOf(file)),
      [0, 0, 1, 0],
    );
    assert.deepEqual(select([ready, ready, b.fd, ready], [], [], 0)[0], [ready, ready, b.fd, ready]);
  });

  it('keeps the identity of two objects with the same fd', () => {
    const [one, other] = [new Numbered(ready), new Numbered(ready)];
    const [readable] = select([one, ready, other], [], [], 0);
    assert.equal(readable[0], one);
    assert.equal(readable[1], ready);
    assert.equal(readable[2], other);
    assert.equal(readable.length, 3);
  });

  it('has only ready objects', () => {
    assert.deepEqual(select([idle, ready, idle], [ready, ready], [ready], 0), [[ready], [ready, ready], []]);
  });

  it('may have the same object in all three arrays', (t) => {
    const [client, server] = tcpPair(t);
    const file = new Numbered(server);
    writeByte(client);
    assert.equal(sys.send(client, Buffer.from('!'), 0, 1, sys.MSG_OOB), 1);
    // The urgent byte may arrive a moment after the first byte.
    assert.deepEqual(select([], [], [file], 5)[2], [file]);
    const result = select([file], [file], [file], 5);
    assert.equal(result[0][0], file);
    assert.equal(result[1][0], file);
    assert.equal(result[2][0], file);
    assert.deepEqual(
      result.map((list) => list.length),
      [1, 1, 1],
    );
  });

  it('distinguishes neighbours: each of 64 fds in turn', (t) => {
    const fds = Array.from({ length: 64 }, () => dupAt(t, idle, 256)!);
    for (const fd of fds) {
      assert.equal(sys.dup3(ready, fd, sys.O_CLOEXEC), fd);
      assert.deepEqual(select(fds, [], fds, 0), [[fd], [], []]);
      assert.equal(sys.dup3(idle, fd, sys.O_CLOEXEC), fd);
    }
  });
});

describe('select on three empty lists', () => {
  it('sleeps for the timeout', () => {
    const { result, ms } = timed(() => select([], [], [], 0.1));
    assert.deepEqual(result, [[], [], []]);
    assert.ok(ms >= 100 && ms < 5000, `${ms}`);
  });
});
