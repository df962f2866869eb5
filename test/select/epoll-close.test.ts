import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { OSError } from '../../src/system/errors.ts';
import { type Epoll, EPOLLIN, epoll } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { countFds, dupAt, eventFd } from '../support/fds.ts';

const CLOSED = { name: 'RangeError', message: 'I/O operation on closed epoll object' };
const NOT_AN_INT = { name: 'TypeError', message: "'str' object cannot be interpreted as an integer" };

const ready = eventFd({ after }, 1);

describe('Epoll.close', () => {
  const calls: [what: string, run: (ep: Epoll) => unknown][] = [
    ['fileno', (ep) => ep.fileno()],
    [
      'register',
      (ep) => {
        ep.register(ready);
      },
    ],
    [
      'modify',
      (ep) => {
        ep.modify(ready, EPOLLIN);
      },
    ],
    [
      'unregister',
      (ep) => {
        ep.unregister(ready);
      },
    ],
    ['poll', (ep) => ep.poll(0)],
    ['poll with a timeout of the wrong type, which is checked later', (ep) => ep.poll('x' as never)],
    ['poll with maxevents 0, which is checked later', (ep) => ep.poll(0, 0)],
  ];
  for (const [what, run] of calls) {
    it(`makes ${what} throw`, () => {
      const ep = epoll();
      ep.close();
      assert.throws(() => run(ep), CLOSED);
    });
  }

  it('comes after a check of the arguments: a bad fd and a bad mask win', () => {
    const ep = epoll();
    ep.close();
    assert.throws(() => {
      ep.register(-1);
    }, /negative integer/);
    assert.throws(() => {
      ep.register(ready, 'x' as never);
    }, NOT_AN_INT);
    assert.throws(() => ep.poll(0, 'x' as never), NOT_AN_INT);
  });

  it('is idempotent, and closes the fd', () => {
    const before = countFds();
    const ep = epoll();
    assert.equal(countFds(), before + 1);
    ep.close();
    assert.equal(countFds(), before);
    assert.equal(ep.closed, true);
    ep.close();
    ep[Symbol.dispose]();
    assert.equal(ep.closed, true);
  });

  it('does not close another file that has the same number later', (t) => {
    const ep = epoll();
    const number = ep.fileno();
    ep.close();
    assert.equal(dupAt(t, ready, number), number);
    ep.close();
    assert.equal(sys.fcntl(number, sys.F_GETFD, 0), sys.FD_CLOEXEC);
  });

  it('ignores that other code has closed the fd; poll then throws EBADF', () => {
    const ep = epoll();
    sys.close(ep.fileno());
    assert.throws(() => ep.poll(0), { name: 'OSError', code: 'EBADF', errno: -9, syscall: 'epoll_wait' });
    assert.equal(ep.closed, false);
    ep.close();
    assert.equal(ep.closed, true);
  });

  it('is called by using (with) at the end of a block, even when the block throws', () => {
    let kept: Epoll | undefined;
    assert.throws(() => {
      using ep = epoll();
      kept = ep;
      assert.equal(ep.closed, false);
      throw new Error('from the block');
    }, /from the block/);
    assert.equal(kept?.closed, true);
  });

  it('may precede using, which has no __enter__ that could throw: the block ends without an error', () => {
    const ep = epoll();
    ep.close();
    {
      using same = ep;
      assert.throws(() => same.poll(0), CLOSED);
    }
    assert.equal(ep.closed, true);
  });

  it('leaks no fd, nor do 1,000 failures', () => {
    const before = countFds();
    for (let i = 0; i < 1000; i++) {
      assert.throws(() => epoll(0), RangeError);
      assert.throws(() => epoll(-1, 1), OSError);
      using ep = epoll();
      assert.throws(
        () => {
          ep.register(ep.fileno());
        },
        { code: 'EINVAL' },
      );
    }
    assert.equal(countFds(), before);
  });
});
