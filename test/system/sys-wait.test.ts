import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { check, Fds, named } from '../support/fds.ts';

function bitmap(fds: readonly number[], words: number): Uint32Array {
  const set = new Uint32Array(words);
  for (const fd of fds) set[fd >>> 5]! |= 1 << fd;
  return set;
}

function members(set: Uint32Array): number[] {
  const fds: number[] = [];
  for (let fd = 0; fd < set.length * 32; fd++) if ((set[fd >>> 5]! & (1 << fd)) !== 0) fds.push(fd);
  return fds;
}

function pollTable(entries: readonly (readonly [fd: number, events: number])[]) {
  const fds = new Int32Array(entries.length * 2);
  const events = new Uint16Array(fds.buffer);
  for (const [index, [fd, mask]] of entries.entries()) {
    fds[index * 2] = fd;
    events[index * 4 + 2] = mask;
    events[index * 4 + 3] = 0xffff;
  }
  return { fds, revents: () => entries.map((_, index) => events[index * 4 + 3]) };
}

function maximumFds(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const soft = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
  return soft === 'unlimited' ? Infinity : Number(soft);
}

function measured(call: () => number): [result: number, elapsedMs: number] {
  const start = performance.now();
  const result = call();
  return [result, performance.now() - start];
}

describe('sys.select', () => {
  it('overwrites the bitmaps with the fds that are ready', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const [idle] = fds.pair();
    const nfds = Math.max(readEnd, writeEnd, idle) + 1;
    const words = Math.ceil(nfds / 64) * 2;
    const read = bitmap([readEnd, idle], words);
    const write = bitmap([writeEnd], words);
    const except = bitmap([readEnd, idle], words);
    assert.equal(sys.select(nfds, read, write, except, 0), 1);
    assert.deepEqual([members(read), members(write), members(except)], [[], [writeEnd], []]);

    sys.write(writeEnd, new Uint8Array(1), 0, 1);
    const both = bitmap([readEnd, idle], words);
    assert.equal(sys.select(nfds, both, bitmap([writeEnd], words), null, -1), 2);
    assert.deepEqual(members(both), [readEnd]);
  });

  it('waits for fds beyond 1024', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const high = fds.own(sys.fcntl(readEnd, sys.F_DUPFD_CLOEXEC, 1500));
    const read = bitmap([high], 64);
    assert.equal(sys.select(high + 1, read, null, null, 0), 0);
    assert.deepEqual(members(read), []);
    sys.write(writeEnd, new Uint8Array(1), 0, 1);
    const again = bitmap([readEnd, high], 64);
    assert.equal(sys.select(high + 1, again, null, null, -1), 2);
    assert.deepEqual(members(again), [readEnd, high]);
  });

  it('touches nothing beyond the words that nfds reaches', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    const words = Math.ceil((readEnd + 1) / 64) * 2;
    const set = bitmap([readEnd], words + 4);
    set.fill(0xffffffff, words);
    assert.equal(sys.select(readEnd + 1, set.subarray(0, words), null, null, 0), 0);
    assert.deepEqual([...set], [...new Uint32Array(words), ...new Uint32Array(4).fill(0xffffffff)]);
  });

  it('leaves the bit of a closed fd above the fd table, as the kernel does', () => {
    const beyond = 2 ** 20 - 1;
    const set = bitmap([beyond], 2 ** 15);
    assert.equal(sys.select(beyond + 1, set, null, null, 0), 0);
    assert.deepEqual(members(set), [beyond]);
  });

  it('waits as many microseconds as told', () => {
    const [result, elapsedMs] = measured(() => sys.select(0, null, null, null, 30_000));
    assert.equal(result, 0);
    assert.ok(elapsedMs >= 30 && elapsedMs < 2000, `${elapsedMs} ms`);
  });

  it('returns the errno of a closed fd', () => {
    using fds = new Fds();
    const fd = fds.closed();
    fds.at(fd + 1);
    assert.equal(named(sys.select(fd + 1, bitmap([fd], 64), null, null, 0)), 'EBADF');
  });
});

describe('sys.poll', () => {
  it('writes revents in place, and skips negative fds', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const closed = fds.closed();
    const table = pollTable([
      [readEnd, sys.POLLIN],
      [writeEnd, sys.POLLOUT | sys.POLLIN],
      [-1, sys.POLLIN],
      [closed, 0],
    ]);
    assert.equal(sys.poll(table.fds, 4, -1), 2);
    assert.deepEqual(table.revents(), [0, sys.POLLOUT, 0, sys.POLLNVAL]);
    assert.deepEqual(
      [0, 2, 4, 6].map((index) => table.fds[index]),
      [readEnd, writeEnd, -1, closed],
    );
  });

  it('reads and writes the first nfds entries only', () => {
    using fds = new Fds();
    const [, writeEnd] = fds.pipe();
    const table = pollTable([
      [writeEnd, sys.POLLOUT],
      [writeEnd, sys.POLLOUT],
    ]);
    assert.equal(sys.poll(table.fds, 1, 0), 1);
    assert.deepEqual(table.revents(), [sys.POLLOUT, 0xffff]);
  });

  it('waits as many milliseconds as told', () => {
    const [result, elapsedMs] = measured(() => sys.poll(new Int32Array(0), 0, 30));
    assert.equal(result, 0);
    assert.ok(elapsedMs >= 29 && elapsedMs < 2000, `${elapsedMs} ms`);
  });

  it('returns EINVAL for more entries than the process may have fds', (t) => {
    const nfds = 2 ** 21;
    if (maximumFds() >= nfds) {
      t.skip(`needs an RLIMIT_NOFILE below ${nfds}`);
      return;
    }
    assert.equal(named(sys.poll(new Int32Array(nfds * 2).fill(-1), nfds, 0)), 'EINVAL');
  });
});

describe('sys.epollCreate1', () => {
  it('makes an fd, close-on-exec if told', () => {
    using fds = new Fds();
    const cloexec = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const plain = fds.own(sys.epollCreate1(0));
    assert.equal(sys.fcntl(cloexec, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    assert.equal(sys.fcntl(plain, sys.F_GETFD, 0), 0);
    assert.equal(named(sys.epollCreate1(1)), 'EINVAL');
  });
});

describe('sys.epollCtl', () => {
  it('adds, changes and removes, and returns the errno of an impossible change', () => {
    using fds = new Fds();
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const [readEnd] = fds.pipe();
    const control = (op: number, fd: number) => named(sys.epollCtl(epfd, op, fd, sys.EPOLLIN, 0, 0));
    assert.equal(control(sys.EPOLL_CTL_MOD, readEnd), 'ENOENT');
    assert.equal(control(sys.EPOLL_CTL_ADD, readEnd), 0);
    assert.equal(control(sys.EPOLL_CTL_ADD, readEnd), 'EEXIST');
    assert.equal(control(sys.EPOLL_CTL_MOD, readEnd), 0);
    assert.equal(control(sys.EPOLL_CTL_DEL, readEnd), 0);
    assert.equal(control(sys.EPOLL_CTL_DEL, readEnd), 'ENOENT');
    assert.equal(control(sys.EPOLL_CTL_ADD, epfd), 'EINVAL');
    assert.equal(control(sys.EPOLL_CTL_ADD, fds.closed()), 'EBADF');
    assert.equal(control(99, readEnd), 'EINVAL');
  });
});

describe('sys.epollWait', () => {
  it('returns the mask and both data words, in the layout of the constants', () => {
    using fds = new Fds();
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const [readEnd, writeEnd] = fds.pipe();
    sys.write(writeEnd, new Uint8Array(1), 0, 1);
    check(sys.epollCtl(epfd, sys.EPOLL_CTL_ADD, readEnd, sys.EPOLLIN | sys.EPOLLET, 0xdeadbeef, 0x80000001));
    check(sys.epollCtl(epfd, sys.EPOLL_CTL_ADD, writeEnd, sys.EPOLLOUT, -1, 7));
    const bytes = new Uint8Array(sys.SIZEOF_EPOLL_EVENT * 3).fill(0xa5);
    assert.equal(sys.epollWait(epfd, bytes, 2, -1), 2);
    const view = new DataView(bytes.buffer);
    const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
    const events = [0, 1].map((index) => {
      const start = index * sys.SIZEOF_EPOLL_EVENT;
      const data = start + sys.OFFSETOF_EPOLL_DATA;
      return [start, data, data + 4].map((offset) => view.getUint32(offset, little));
    });
    events.sort((a, b) => a[2]! - b[2]!);
    assert.deepEqual(events, [
      [sys.EPOLLOUT, 0xffffffff, 7],
      [sys.EPOLLIN, 0xdeadbeef, 0x80000001],
    ]);
    assert.deepEqual(bytes.subarray(sys.SIZEOF_EPOLL_EVENT * 2), new Uint8Array(sys.SIZEOF_EPOLL_EVENT).fill(0xa5));
    // EPOLLET: the event of the first fd has been reported already.
    assert.equal(sys.epollWait(epfd, bytes, 3, 0), 1);
  });

  it('refuses a mask of more than 32 bits', () => {
    for (const mask of [2 ** 32, 2 ** 32 + 1, -(2 ** 31) - 1]) {
      assert.throws(() => sys.epollCtl(0, sys.EPOLL_CTL_ADD, 0, mask, 0, 0), {
        name: 'RangeError',
        code: 'ERR_OUT_OF_RANGE',
        message: 'events must be a mask of 32 bits',
      });
    }
  });

  it('accepts a mask as a signed or an unsigned number', () => {
    using fds = new Fds();
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const [, writeEnd] = fds.pipe();
    check(sys.epollCtl(epfd, sys.EPOLL_CTL_ADD, writeEnd, (1 << 31) | sys.EPOLLOUT, 0, 0));
    const events = new Uint32Array(8);
    assert.equal(sys.epollWait(epfd, events, 1, 0), 1);
    assert.equal(sys.epollWait(epfd, events, 1, 0), 0);
  });

  it('waits as many milliseconds as told', () => {
    using fds = new Fds();
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const [result, elapsedMs] = measured(() => sys.epollWait(epfd, new Uint32Array(8), 1, 30));
    assert.equal(result, 0);
    assert.ok(elapsedMs >= 29 && elapsedMs < 2000, `${elapsedMs} ms`);
  });

  it('returns the errno for maxevents 0 and for an fd that is no epoll', () => {
    using fds = new Fds();
    const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
    const events = new Uint32Array(8);
    for (const most of [0, -1, -(2 ** 31)]) assert.equal(named(sys.epollWait(epfd, events, most, 0)), 'EINVAL');
    assert.equal(named(sys.epollWait(fds.at(0), events, 1, 0)), 'EINVAL');
  });
});
