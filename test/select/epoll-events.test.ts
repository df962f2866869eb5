import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';

import { type Epoll, epoll, EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT, poll, POLLIN, select } from '../../src/select.ts';
import { close, drain, dupAt, eventFd, pipePair, socketPair, writeByte } from '../support/fds.ts';

const ready = eventFd({ after }, 1);

function epolling(...fds: number[]): Epoll {
  const ep = epoll();
  for (const fd of fds) ep.register(fd, EPOLLIN);
  return ep;
}

describe('events of Epoll.poll', () => {
  it('come again while the fd is ready (level-triggered)', (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    using ep = epolling(readEnd);
    writeByte(writeEnd);
    for (let i = 0; i < 3; i++) assert.deepEqual(ep.poll(0), [[readEnd, EPOLLIN]]);
    drain(readEnd);
    assert.deepEqual(ep.poll(0), []);
  });

  it('come once with EPOLLET, until more arrives', (t) => {
    const [one, two] = socketPair(t);
    using ep = epoll();
    ep.register(one, EPOLLET | EPOLLIN | EPOLLOUT);
    assert.deepEqual([ep.poll(0), ep.poll(0)], [[[one, EPOLLOUT]], []]);
    writeByte(two);
    assert.deepEqual([ep.poll(0), ep.poll(0)], [[[one, EPOLLIN | EPOLLOUT]], []]);
    writeByte(two);
    assert.deepEqual([ep.poll(0), ep.poll(0)], [[[one, EPOLLIN | EPOLLOUT]], []]);
  });

  it('come once with EPOLLONESHOT, until modify asks again', () => {
    using ep = epoll();
    ep.register(ready, EPOLLONESHOT | EPOLLIN);
    assert.deepEqual([ep.poll(0), ep.poll(0)], [[[ready, EPOLLIN]], []]);
    assert.throws(
      () => {
        ep.register(ready, EPOLLIN);
      },
      { code: 'EEXIST' },
    );
    ep.modify(ready, EPOLLONESHOT | EPOLLIN);
    assert.deepEqual([ep.poll(0), ep.poll(0)], [[[ready, EPOLLIN]], []]);
  });

  it('end when the fd is closed: the entry vanishes, and unregister is EBADF', (t) => {
    const [original, peer] = socketPair(t);
    // The number is high, so that nothing else opens it after it was closed.
    const fd = dupAt(t, original, 200)!;
    close(original);
    using ep = epolling(fd);
    writeByte(peer);
    assert.deepEqual(ep.poll(0), [[fd, EPOLLIN]]);
    close(fd);
    assert.deepEqual(ep.poll(0), []);
    assert.throws(
      () => {
        ep.unregister(fd);
      },
      { name: 'OSError', code: 'EBADF' },
    );
  });

  it('go on when the fd is closed while a dup is open: phantoms, which cannot be removed', (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    const fd = dupAt(t, readEnd, 200)!;
    using ep = epolling(fd);
    writeByte(writeEnd);
    close(fd);
    for (let i = 0; i < 3; i++) assert.deepEqual(ep.poll(0), [[fd, EPOLLIN]]);
    assert.throws(
      () => {
        ep.unregister(fd);
      },
      { name: 'OSError', code: 'EBADF' },
    );
    assert.throws(
      () => {
        ep.modify(fd, 0);
      },
      { name: 'OSError', code: 'EBADF' },
    );
    assert.deepEqual(ep.poll(0), [[fd, EPOLLIN]]);
    close(readEnd);
    assert.deepEqual(ep.poll(0), []);
  });

  it('reach an epoll that contains the epoll, and select and poll', (t) => {
    const [readEnd, writeEnd] = pipePair(t);
    using inner = epolling(readEnd);
    using outer = epoll();
    outer.register(inner, EPOLLIN);
    const poller = poll();
    poller.register(inner, POLLIN);
    const look = (): unknown[] => [outer.poll(0), poller.poll(0), select([inner], [inner], [inner], 0)];
    assert.deepEqual(look(), [[], [], [[], [], []]]);
    writeByte(writeEnd);
    const fd = inner.fileno();
    assert.deepEqual(look(), [[[fd, EPOLLIN]], [[fd, POLLIN]], [[inner], [], []]]);
    assert.deepEqual(inner.poll(0), [[readEnd, EPOLLIN]]);
    drain(readEnd);
    assert.deepEqual(look(), [[], [], [[], [], []]]);
  });
});
