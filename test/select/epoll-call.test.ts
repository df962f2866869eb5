import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';

import { type Epoll, epoll, EPOLLIN, type Timeout } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { drain, eventFd, idleFd, own, pipePair } from '../support/fds.ts';
import { during, writeLater } from '../support/signals.ts';
import { timed } from '../support/timed.ts';

const ready = eventFd({ after }, 1);
const idle = idleFd({ after });

function epolling(...fds: number[]): Epoll {
  const ep = epoll();
  for (const fd of fds) ep.register(fd, EPOLLIN);
  return ep;
}

describe('the timeout of Epoll.poll', () => {
  const forEver: [what: string, args: [] | [Timeout] | [Timeout, number]][] = [
    ['left out', []],
    ['undefined, with maxevents', [undefined, 1]],
    ...[null, -1, -0.0001, -1e-100, -2147483].map((timeout): [string, [Timeout]] => [inspect(timeout), [timeout]]),
  ];
  for (const [what, args] of forEver) {
    it(`is infinite when it is ${what}`, async (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      using ep = epolling(readEnd);
      const { result, ms } = await during(
        () => writeLater(writeEnd, 0.04),
        () => ep.poll(...args),
      );
      assert.deepEqual(result, [[readEnd, EPOLLIN]]);
      assert.ok(ms >= 40, `${ms}`);
      assert.equal(drain(readEnd), 1);
    });
  }

  const lengths: [timeout: unknown, atLeastMs: number][] = [
    [1e-100, 1],
    [1e-6, 1],
    [0.0011, 2],
    [0.0305, 31],
    [0.1, 100],
  ];
  for (const [timeout, atLeastMs] of lengths) {
    it(`of ${inspect(timeout)} s is ${atLeastMs} ms or more`, () => {
      using ep = epolling(idle);
      const { result, ms } = timed(() => ep.poll(timeout as Timeout));
      assert.deepEqual(result, []);
      assert.ok(ms >= atLeastMs && ms < atLeastMs + 5000, `${ms}`);
    });
  }

  for (const timeout of [0, -0, false, 0n]) {
    it(`of ${inspect(timeout)} does not wait`, () => {
      using ep = epolling(idle);
      const { ms } = timed(() => {
        for (let i = 0; i < 500; i++) assert.deepEqual(ep.poll(timeout as Timeout), []);
      });
      assert.ok(ms < 500, `500 polls took ${ms} ms`);
    });
  }

  it('may be up to 2147483.647', () => {
    using ep = epolling(ready);
    assert.deepEqual(ep.poll(2147483.647), [[ready, EPOLLIN]]);
  });

  const refused: [error: object, timeouts: unknown[]][] = [
    [
      { name: 'TypeError', message: 'timeout must be an integer or None' },
      ['1', '', [], {}, { timeout: 0 }, Object(1), Symbol('1j')],
    ],
    [{ name: 'RangeError', message: 'Invalid value NaN (not a number)' }, [NaN]],
    [{ name: 'RangeError', message: 'timestamp out of range for platform time_t' }, [Infinity, -Infinity, 1e300]],
    [{ name: 'RangeError', message: 'timeout is too large' }, [2147483.648, 2147484, -2147483.649, 1e9]],
    [{ name: 'RangeError', message: 'timestamp too large to convert to C _PyTime_t' }, [1e10, 2n ** 64n]],
  ];
  for (const [error, timeouts] of refused) {
    for (const timeout of timeouts) {
      it(`may not be ${inspect(timeout)}`, () => {
        using ep = epolling(ready);
        assert.throws(() => ep.poll(timeout as Timeout), error);
        assert.throws(() => ep.poll(timeout as Timeout, 0), error, 'it is checked before maxevents');
      });
    }
  }
});

describe('maxevents of Epoll.poll', () => {
  const positive = (given: number): object => ({
    name: 'RangeError',
    message: `maxevents must be greater than 0, got ${given}`,
  });
  const notAnInt = (type: string): object => ({
    name: 'TypeError',
    message: `'${type}' object cannot be interpreted as an integer`,
  });
  const invalid = { name: 'OSError', code: 'EINVAL', errno: -22, syscall: 'epoll_wait' };
  const refused: [maxevents: unknown, error: object][] = [
    [0, positive(0)],
    [false, positive(0)],
    [-2, positive(-2)],
    [-(2 ** 31), positive(-(2 ** 31))],
    [null, notAnInt('NoneType')],
    ['1', notAnInt('str')],
    [1.5, notAnInt('float')],
    [2 ** 31, { name: 'RangeError', message: 'Python int too large to convert to C int' }],
    // The limit is INT_MAX / 12, or INT_MAX / 16 on platforms whose struct epoll_event is not packed.
    [178956971, invalid],
    [2 ** 31 - 1, invalid],
  ];
  for (const [maxevents, error] of refused) {
    it(`may not be ${inspect(maxevents)}`, () => {
      using ep = epolling(ready);
      assert.throws(() => ep.poll(0, maxevents as number), error);
    });
  }

  it('is checked for its type before the timeout', () => {
    using ep = epolling(ready);
    assert.throws(() => ep.poll('x' as never, 'y' as never), notAnInt('str'));
  });

  it('bounds one call; the kernel rotates, so that further calls bring the rest', (t) => {
    const fds = Array.from({ length: 6 }, () => eventFd(t, 1));
    using ep = epolling(...fds);
    for (const maxevents of [1, 2, 3]) {
      const calls = Array.from({ length: 6 / maxevents }, () => ep.poll(0, maxevents));
      assert.ok(calls.every((events) => events.length === maxevents));
      assert.deepEqual(new Set(calls.flat().map(([fd]) => fd)), new Set(fds));
    }
    assert.equal(ep.poll(0, 5000).length, 6);
    assert.equal(ep.poll(0, 1n as never).length, 1);
  });

  it('is 1023 when it is -1 or omitted: 2101 ready fds need three calls', (t) => {
    const fds: number[] = [];
    while (fds.length < 2101) {
      const fd = sys.eventfd(1, sys.EFD_CLOEXEC);
      if (sys.errorCode(fd) === 'EMFILE') {
        for (const opened of fds) sys.close(opened);
        t.skip('needs a limit of more than 2101 fds');
        return;
      }
      fds.push(fd);
    }
    for (const fd of fds) own(t, fd);
    using ep = epolling(...fds);
    const calls = [ep.poll(), ep.poll(0, -1), ep.poll(0)];
    assert.deepEqual(
      calls.map((events) => events.length),
      [1023, 1023, 1023],
    );
    assert.deepEqual(new Set(calls.flat().map(([fd]) => fd)), new Set(fds));
  });
});
