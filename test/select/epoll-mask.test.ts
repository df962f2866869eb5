import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';

import {
  type Epoll,
  epoll,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
} from '../../src/select.ts';
import { close, eventFd, pipePair } from '../support/fds.ts';

const ready = eventFd({ after }, 1);
const other = eventFd({ after }, 1);

function epolling(...registrations: [fd: number, eventmask: number][]): Epoll {
  const ep = epoll();
  for (const registration of registrations) ep.register(...registration);
  return ep;
}

function call(ep: Epoll, method: 'register' | 'modify', fd: number, mask: unknown): unknown {
  return (ep[method] as (fd: number, mask: unknown) => unknown).call(ep, fd, mask);
}

describe('an event mask of an epoll object', () => {
  const accepted: [what: string, mask: unknown, events: number][] = [
    ['0, which asks for nothing', 0, 0],
    ['2**32, truncated to 32 bits', 2 ** 32, 0],
    ['2**32 + EPOLLIN, truncated to 32 bits', 2 ** 32 + EPOLLIN, EPOLLIN],
    ['2**64, truncated to 32 bits', 2 ** 64, 0],
    ['2n**64n + 4n, truncated to 32 bits', 2n ** 64n + 4n, EPOLLOUT],
    ['true, 1', true, EPOLLIN],
    ['5n', 5n, EPOLLIN | EPOLLOUT],
    ['EPOLLET | EPOLLIN, which | makes negative', EPOLLET | EPOLLIN, EPOLLIN],
    ['EPOLLET + EPOLLIN', EPOLLET + EPOLLIN, EPOLLIN],
    ['EPOLLEXCLUSIVE | EPOLLIN', EPOLLEXCLUSIVE | EPOLLIN, EPOLLIN],
    ['EPOLLEXCLUSIVE with IN, OUT, ERR, HUP', EPOLLEXCLUSIVE | 5 | EPOLLERR | EPOLLHUP, EPOLLIN | EPOLLOUT],
  ];
  for (const [what, mask, events] of accepted) {
    it(`may be ${what}`, () => {
      using ep = epolling([ready, mask as number]);
      assert.deepEqual(ep.poll(0), events === 0 ? [] : [[ready, events]]);
    });
  }

  const invalid: [what: string, mask: unknown][] = [
    ['-1', -1],
    ['-1n', -1n],
    ['2**32 - 1, EXCLUSIVE with bad bits', 2 ** 32 - 1],
    ['EXCLUSIVE | ONESHOT', EPOLLEXCLUSIVE | EPOLLIN | EPOLLONESHOT],
    ['EXCLUSIVE | RDHUP', EPOLLEXCLUSIVE | EPOLLIN | EPOLLRDHUP],
  ];
  for (const [what, mask] of invalid) {
    it(`is EINVAL when it is ${what}`, () => {
      using ep = epoll();
      const error = { name: 'OSError', code: 'EINVAL', message: `EINVAL: invalid argument, epoll_ctl add fd ${ready}` };
      assert.throws(() => call(ep, 'register', ready, mask), error);
    });
  }

  it('cannot be modified when it is EXCLUSIVE, and cannot become EXCLUSIVE', () => {
    using ep = epolling([ready, EPOLLEXCLUSIVE | EPOLLIN], [other, EPOLLIN]);
    for (const [fd, mask] of [
      [ready, EPOLLIN],
      [other, EPOLLEXCLUSIVE | EPOLLIN],
    ] as const) {
      const error = { name: 'OSError', code: 'EINVAL', message: `EINVAL: invalid argument, epoll_ctl mod fd ${fd}` };
      assert.throws(() => call(ep, 'modify', fd, mask), error);
    }
  });

  const wrong: [mask: unknown, type: string][] = [
    [1.5, 'float'],
    [NaN, 'float'],
    [Infinity, 'float'],
    ['1', 'str'],
    ['', 'str'],
    [null, 'NoneType'],
    [[1], 'list'],
    [{ eventmask: 1 }, 'Object'],
  ];
  for (const [mask, type] of wrong) {
    it(`may not be ${inspect(mask)}`, () => {
      using ep = epolling([other, EPOLLIN]);
      const error = { name: 'TypeError', message: `'${type}' object cannot be interpreted as an integer` };
      assert.throws(() => call(ep, 'register', ready, mask), error);
      assert.throws(() => call(ep, 'modify', other, mask), error);
    });
  }

  it('does not suppress HUP and ERR', (t) => {
    const [hungUp, writeEnd] = pipePair(t);
    close(writeEnd);
    using ep = epolling([hungUp, 0]);
    assert.deepEqual(ep.poll(null), [[hungUp, EPOLLHUP]]);
  });
});
