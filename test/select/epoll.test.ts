import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';

import { OSError } from '../../src/system/errors.ts';
import { Epoll, EPOLL_CLOEXEC, EPOLLIN, EPOLLOUT, epoll } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { closedFd, dupAt, eventFd, Numbered, pipePair } from '../support/fds.ts';
import { runInChild, withFdLimit } from '../support/programs.ts';

const NEGATIVE_SIZEHINT = { name: 'RangeError', message: 'negative sizehint' };
const TOO_LARGE = { name: 'RangeError', message: 'Python int too large to convert to C int' };

const ready = eventFd({ after }, 1);

function notAnInt(type: string): object {
  return { name: 'TypeError', message: `'${type}' object cannot be interpreted as an integer` };
}

function make(...args: unknown[]): Epoll {
  return epoll(...(args as [number, number]));
}

describe('epoll()', () => {
  const accepted: unknown[][] = [
    [],
    [undefined],
    [-1],
    [1],
    [16],
    [2 ** 31 - 1],
    [true],
    [5n],
    [-1, 0],
    [-1, undefined],
    [-1, false],
    [-1, EPOLL_CLOEXEC],
  ];
  for (const args of accepted) {
    it(`accepts ${inspect(args)}, and the fd is close-on-exec`, () => {
      using ep = make(...args);
      assert.ok(ep instanceof Epoll);
      assert.equal(ep.closed, false);
      assert.ok(ep.fileno() > 2);
      assert.equal(sys.fcntl(ep.fileno(), sys.F_GETFD, 0), sys.FD_CLOEXEC);
      assert.deepEqual(ep.poll(0), []);
    });
  }

  it('is new Epoll()', () => {
    using ep = new Epoll();
    ep.register(ready, EPOLLIN);
    assert.deepEqual(ep.poll(0), [[ready, EPOLLIN]]);
  });

  const refused: [args: unknown[], error: object][] = [
    [[0], NEGATIVE_SIZEHINT],
    [[false], NEGATIVE_SIZEHINT],
    [[-2], NEGATIVE_SIZEHINT],
    [[-(2 ** 31)], NEGATIVE_SIZEHINT],
    [['a'], notAnInt('str')],
    [[null], notAnInt('NoneType')],
    [[1.5], notAnInt('float')],
    [[NaN], notAnInt('float')],
    [[[]], notAnInt('list')],
    // Python's test has a keyword here (sizehint=1, bogus=1). The closest form in JavaScript is an object.
    [[{ sizehint: 1 }], notAnInt('Object')],
    [[1, 'a'], notAnInt('str')],
    [[1, null], notAnInt('NoneType')],
    [[1, 0.5], notAnInt('float')],
    [[2 ** 31], TOO_LARGE],
    [[-(2 ** 31) - 1], TOO_LARGE],
    [[2n ** 31n], TOO_LARGE],
    [[1, 2 ** 31], TOO_LARGE],
    // The order of checks: both types, then the sizehint, then the flags.
    [[0, 'a'], notAnInt('str')],
    [[-2, 5], NEGATIVE_SIZEHINT],
    [[1, 2, 3], { name: 'TypeError', message: 'epoll() takes at most 2 arguments (3 given)' }],
    [[1, 2, 3, 4], { name: 'TypeError', message: 'epoll() takes at most 2 arguments (4 given)' }],
  ];
  for (const [args, error] of refused) {
    it(`refuses ${inspect(args)}`, () => {
      assert.throws(() => make(...args), error);
    });
  }

  for (const flags of [1, 2048, -1, true, EPOLL_CLOEXEC + 1, 2 ** 31 - 1]) {
    it(`refuses flags ${flags}: an OSError without errno`, () => {
      assert.throws(
        () => make(-1, flags),
        (error) =>
          error instanceof OSError &&
          error.constructor === OSError &&
          error.message === 'invalid flags' &&
          error.errno === undefined &&
          error.code === undefined,
      );
    });
  }

  it('throws EMFILE at the limit of fds', () => {
    const outcome = runInChild(
      ({ select: { epoll }, sys }) => {
        const opened: number[] = [];
        for (let fd = 0; fd >= 0;) {
          fd = sys.eventfd(0, 0);
          if (fd >= 0) opened.push(fd);
        }
        try {
          return epoll().closed;
        } catch (error) {
          const { name, code, errno, syscall } = error as NodeJS.ErrnoException;
          return [name, code, errno, syscall];
        } finally {
          for (const fd of opened) sys.close(fd);
        }
      },
      { prefix: withFdLimit(128) },
    );
    assert.deepEqual(outcome, ['OSError', 'EMFILE', -24, 'epoll_create1']);
  });
});

describe('epoll.fromfd', () => {
  it('shares the events of an epoll fd (test_fromfd), until that is closed', () => {
    const first = epoll();
    using second = epoll.fromfd(first.fileno());
    assert.equal(second.fileno(), first.fileno());
    second.register(ready, EPOLLIN | EPOLLOUT);
    assert.deepEqual(first.poll(0), [[ready, EPOLLIN | EPOLLOUT]]);
    assert.deepEqual(second.poll(0), first.poll(0));
    first.close();
    assert.throws(() => second.poll(0), { name: 'OSError', code: 'EBADF', syscall: 'epoll_wait' });
  });

  it('makes an object of a pipe, whose poll and register are EINVAL', (t) => {
    // A copy, because the object closes its fd.
    using ep = epoll.fromfd(dupAt(t, pipePair(t)[0], 100)!);
    assert.ok(ep instanceof Epoll);
    assert.throws(() => ep.poll(0), { name: 'OSError', code: 'EINVAL', errno: -22, syscall: 'epoll_wait' });
    assert.throws(
      () => {
        ep.register(ready);
      },
      { name: 'OSError', code: 'EINVAL', errno: -22, syscall: 'epoll_ctl' },
    );
  });

  it('makes a new epoll of -1', () => {
    using ep = epoll.fromfd(-1);
    ep.register(ready, EPOLLIN);
    assert.deepEqual(ep.poll(0), [[ready, EPOLLIN]]);
    assert.equal(sys.fcntl(ep.fileno(), sys.F_GETFD, 0), sys.FD_CLOEXEC);
  });

  it('makes an object of a closed fd, of which every call is EBADF', (t) => {
    using ep = Epoll.fromfd(closedFd(t));
    assert.throws(() => ep.poll(0), { code: 'EBADF' });
    assert.throws(
      () => {
        ep.register(ready);
      },
      { code: 'EBADF' },
    );
  });

  const refused: [fd: unknown, error: object][] = [
    ['a', notAnInt('str')],
    [null, notAnInt('NoneType')],
    [1.5, notAnInt('float')],
    [2 ** 31, TOO_LARGE],
    [new Numbered(1), notAnInt('Numbered')],
  ];
  for (const [fd, error] of refused) {
    it(`refuses ${inspect(fd)}`, () => {
      assert.throws(() => epoll.fromfd(fd as number), error);
    });
  }
});
