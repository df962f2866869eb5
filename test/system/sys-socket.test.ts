import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { check, Fds, loopback, named, portOf } from '../support/fds.ts';

const READY_MS = 5000;

function isCloexec(fd: number): boolean {
  return check(sys.fcntl(fd, sys.F_GETFD, 0)) === sys.FD_CLOEXEC;
}

function isNonBlocking(fd: number): boolean {
  return (check(sys.fcntl(fd, sys.F_GETFL, 0)) & sys.O_NONBLOCK) !== 0;
}

function waitReadable(fd: number): void {
  assert.equal(sys.poll(Int32Array.of(fd, sys.POLLIN), 1, READY_MS), 1);
}

describe('sys.socket', () => {
  it('makes an fd with the flags that the type carries', () => {
    using fds = new Fds();
    const plain = fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM, 0));
    const flagged = fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC | sys.SOCK_NONBLOCK, 0));
    assert.deepEqual([isCloexec(plain), isNonBlocking(plain)], [false, false]);
    assert.deepEqual([isCloexec(flagged), isNonBlocking(flagged)], [true, true]);
  });

  it('returns the errno of an unknown family or type', () => {
    assert.equal(named(sys.socket(99, sys.SOCK_STREAM, 0)), 'EAFNOSUPPORT');
    assert.equal(named(sys.socket(sys.AF_INET, 99, 0)), 'EINVAL');
  });
});

describe('sys.socketpair', () => {
  it('writes the two connected ends into the array', () => {
    using fds = new Fds();
    const ends = new Int32Array(3).fill(-7);
    assert.equal(sys.socketpair(sys.AF_UNIX, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0, ends), 0);
    const [here, there] = [fds.own(ends[0]!), fds.own(ends[1]!)];
    assert.equal(ends[2], -7);
    assert.ok(isCloexec(here) && isCloexec(there));
    check(sys.send(here, Uint8Array.of(9), 0, 1, 0));
    const byte = new Uint8Array(1);
    assert.equal(sys.recv(there, byte, 0, 1, 0), 1);
    assert.equal(byte[0], 9);
  });

  it('returns the errno for a family without pairs', () => {
    assert.equal(named(sys.socketpair(sys.AF_INET, sys.SOCK_STREAM, 0, new Int32Array(2))), 'ENOTSUP');
  });
});

describe('sys.bind', () => {
  it('binds a socket to an address', () => {
    using fds = new Fds();
    const [fd, address] = fds.bound(sys.SOCK_STREAM);
    assert.ok(portOf(address) > 0);
    assert.equal(named(sys.bind(fd, address, address.length)), 'EINVAL');
    const second = fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0));
    assert.equal(named(sys.bind(second, address, address.length)), 'EADDRINUSE');
    assert.equal(named(sys.bind(second, loopback(0), 4)), 'EINVAL');
  });
});

describe('sys.listen and sys.connect', () => {
  it('connect, with EINPROGRESS at first when the socket is non-blocking', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    const fd = fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC | sys.SOCK_NONBLOCK, 0));
    assert.equal(named(sys.connect(fd, address, address.length)), 'EINPROGRESS');
    waitReadable(listener);
    assert.equal(sys.connect(fd, address, address.length), 0);
    assert.equal(named(sys.connect(fd, address, address.length)), 'EISCONN');
  });

  it('returns ECONNREFUSED when no socket listens', () => {
    using fds = new Fds();
    const [, address] = fds.bound(sys.SOCK_STREAM);
    const fd = fds.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0));
    assert.equal(named(sys.connect(fd, address, address.length)), 'ECONNREFUSED');
  });

  it('refuses to listen on a datagram socket', () => {
    using fds = new Fds();
    const [fd] = fds.bound(sys.SOCK_DGRAM);
    assert.equal(named(sys.listen(fd, 1)), 'ENOTSUP');
  });

  it('accepts any backlog', () => {
    using fds = new Fds();
    const [fd] = fds.bound(sys.SOCK_STREAM);
    for (const backlog of [0, -1, 2 ** 31 - 1]) assert.equal(sys.listen(fd, backlog), 0);
  });
});

describe('sys.accept4', () => {
  it('sets the requested flags, whatever the listener has', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    const accepted = [0, sys.SOCK_CLOEXEC, sys.SOCK_CLOEXEC | sys.SOCK_NONBLOCK].map((flags) => {
      fds.client(address);
      const fd = fds.own(sys.accept4(listener, null, null, flags));
      return [isCloexec(fd), isNonBlocking(fd)];
    });
    assert.deepEqual(accepted, [
      [false, false],
      [true, false],
      [true, true],
    ]);
  });

  it('writes the address of the client', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    const client = fds.client(address);
    const peer = new Uint8Array(sys.SIZEOF_SOCKADDR_STORAGE);
    const length = new Int32Array(1);
    fds.own(sys.accept4(listener, peer, length, sys.SOCK_CLOEXEC));
    assert.equal(length[0], sys.SIZEOF_SOCKADDR_IN);
    const own = new Uint8Array(sys.SIZEOF_SOCKADDR_IN);
    check(sys.getsockname(client, own, new Int32Array(1)));
    assert.deepEqual(peer.subarray(0, sys.SIZEOF_SOCKADDR_IN), own);
  });

  it('returns EAGAIN without a client, and EINVAL for a socket that does not listen or an unknown flag', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    assert.equal(named(sys.accept4(listener, null, null, 0)), 'EAGAIN');
    assert.equal(named(sys.accept4(fds.bound(sys.SOCK_STREAM)[0], null, null, 0)), 'EINVAL');
    fds.client(address);
    assert.equal(named(sys.accept4(listener, null, null, 1)), 'EINVAL');
  });
});

describe('sys.getsockname and sys.getpeername', () => {
  it('write the addresses of both ends of a connection', () => {
    using fds = new Fds();
    const [, address] = fds.listener();
    const client = fds.client(address);
    const [own, peer] = [new Uint8Array(16), new Uint8Array(16)];
    const length = new Int32Array(1);
    assert.equal(sys.getsockname(client, own, length), 0);
    assert.equal(sys.getpeername(client, peer, length), 0);
    assert.equal(length[0], sys.SIZEOF_SOCKADDR_IN);
    assert.deepEqual(peer, address);
    assert.notEqual(portOf(own), portOf(peer));
  });

  it('write what fits, and the full length', () => {
    using fds = new Fds();
    const [fd, address] = fds.bound(sys.SOCK_STREAM);
    const room = new Uint8Array(8).fill(0xa5);
    const length = new Int32Array(1);
    assert.equal(sys.getsockname(fd, room.subarray(0, 4), length), 0);
    assert.equal(length[0], sys.SIZEOF_SOCKADDR_IN);
    assert.deepEqual([...room], [...address.subarray(0, 4), 0xa5, 0xa5, 0xa5, 0xa5]);
  });

  it('return ENOTCONN without a peer, and ENOTSOCK for other files', () => {
    using fds = new Fds();
    const [fd] = fds.bound(sys.SOCK_STREAM);
    const address = new Uint8Array(16);
    assert.equal(named(sys.getpeername(fd, address, new Int32Array(1))), 'ENOTCONN');
    assert.equal(named(sys.getsockname(fds.at(0), address, new Int32Array(1))), 'ENOTSOCK');
  });
});

describe('sys.accept4, sys.getsockname and sys.getpeername', () => {
  it('leave the length of the address unchanged after an error', () => {
    using fds = new Fds();
    const [listener] = fds.listener();
    const address = new Uint8Array(16);
    const length = Int32Array.of(-7);
    assert.equal(named(sys.accept4(listener, address, length, 0)), 'EAGAIN');
    assert.equal(named(sys.getpeername(listener, address, length)), 'ENOTCONN');
    assert.equal(named(sys.getsockname(fds.closed(), address, length)), 'EBADF');
    assert.equal(length[0], -7);
  });
});

describe('sys.shutdown', () => {
  it('ends one direction or both', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    assert.equal(sys.shutdown(here, sys.SHUT_WR), 0);
    assert.equal(sys.recv(there, new Uint8Array(1), 0, 1, 0), 0);
    assert.equal(sys.send(there, new Uint8Array(1), 0, 1, 0), 1);
    assert.equal(sys.shutdown(here, sys.SHUT_RDWR), 0);
    assert.equal(named(sys.send(there, new Uint8Array(1), 0, 1, 0)), 'EPIPE');
    assert.equal(named(sys.shutdown(here, 9)), 'EINVAL');
  });
});
