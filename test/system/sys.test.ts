import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { native } from '../../src/system/native.ts';
import * as sys from '../../src/sys.ts';
import { Fds, named } from '../support/fds.ts';

const bytes = new Uint8Array(64);
const ints = new Int32Array(3);

// Each call that has an fd, on a closed fd; the other arguments are valid.
const onClosedFd: Record<string, (fd: number) => number> = {
  accept4: (fd) => sys.accept4(fd, null, null, 0),
  bind: (fd) => sys.bind(fd, bytes, 16),
  close: (fd) => sys.close(fd),
  connect: (fd) => sys.connect(fd, bytes, 16),
  dup3: (fd) => sys.dup3(fd, fd + 1, 0),
  epollCtl: (fd) => sys.epollCtl(fd, sys.EPOLL_CTL_ADD, fd, sys.EPOLLIN, 0, 0),
  epollWait: (fd) => sys.epollWait(fd, bytes, 1, 0),
  fcntl: (fd) => sys.fcntl(fd, sys.F_GETFD, 0),
  getpeername: (fd) => sys.getpeername(fd, bytes, ints),
  getsockname: (fd) => sys.getsockname(fd, bytes, ints),
  getsockopt: (fd) => sys.getsockopt(fd, sys.SOL_SOCKET, sys.SO_TYPE, bytes, ints),
  ioctl: (fd) => sys.ioctl(fd, sys.FIONREAD, 0),
  keepOpen: (fd) => sys.keepOpen(fd),
  listen: (fd) => sys.listen(fd, 1),
  read: (fd) => sys.read(fd, bytes, 0, 1),
  recv: (fd) => sys.recv(fd, bytes, 0, 1, 0),
  recvfrom: (fd) => sys.recvfrom(fd, bytes, 0, 1, 0, bytes, ints),
  recvmsg: (fd) => sys.recvmsg(fd, [bytes], null, 0, null, ints),
  send: (fd) => sys.send(fd, bytes, 0, 1, 0),
  sendfile: (fd) => sys.sendfile(fd, fd, 0, 1),
  sendmsg: (fd) => sys.sendmsg(fd, [bytes], null, 0, null, 0),
  sendto: (fd) => sys.sendto(fd, bytes, 0, 1, 0, bytes, 16),
  setsockopt: (fd) => sys.setsockopt(fd, sys.SOL_SOCKET, sys.SO_KEEPALIVE, bytes.subarray(0, 4), 0),
  flock: (fd) => sys.flock(fd, sys.LOCK_SH),
  shutdown: (fd) => sys.shutdown(fd, sys.SHUT_WR),
  write: (fd) => sys.write(fd, bytes, 0, 1),
};
const withoutFd = ['epollCreate1', 'eventfd', 'pipe2', 'poll', 'select', 'socket', 'socketpair'];
const helpers = ['errorCode', 'errnoOf'];

describe('tripoll/sys', () => {
  it('consists of system calls, keepOpen, two helpers for errnos, and constants', () => {
    const functions = Object.entries(sys).filter(([, value]) => typeof value === 'function');
    const expected = [...Object.keys(onClosedFd), ...withoutFd, ...helpers].sort();
    assert.deepEqual(functions.map(([name]) => name).sort(), expected);
    for (const name of [...Object.keys(onClosedFd), ...withoutFd]) {
      assert.equal((sys as Record<string, unknown>)[name], (native as unknown as Record<string, unknown>)[name], name);
    }
  });

  it('names errnos', () => {
    assert.equal(sys.errorCode(-11), 'EAGAIN');
    assert.equal(sys.errnoOf('EAGAIN'), -11);
  });

  for (const [name, call] of Object.entries(onClosedFd)) {
    it(`returns EBADF from ${name} for a closed and for a negative fd, and throws nothing`, () => {
      using fds = new Fds();
      const fd = fds.closed();
      assert.equal(named(call(fd)), 'EBADF');
      assert.equal(named(call(-1)), 'EBADF');
    });
  }
});
