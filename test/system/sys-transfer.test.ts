import assert from 'node:assert/strict';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { check, Fds, loopback, named, portOf } from '../support/fds.ts';

const MSG_ZEROCOPY = 0x4000000;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

// One struct cmsghdr of SCM_RIGHTS: size_t length, int level, int type, then the fds.
function rights(...passed: number[]): Uint8Array {
  const length = sys.SIZEOF_CMSGHDR + passed.length * 4;
  const bytes = new Uint8Array(Math.ceil(length / sys.CMSG_ALIGNMENT) * sys.CMSG_ALIGNMENT);
  const ints = new Int32Array(bytes.buffer);
  const header = sys.SIZEOF_CMSGHDR / 4;
  new BigUint64Array(bytes.buffer, 0, 1)[0] = BigInt(length);
  ints.set([sys.SOL_SOCKET, sys.SCM_RIGHTS, ...passed], header - 2);
  return bytes;
}

describe('sys.send and sys.recv', () => {
  it('move bytes between parts of buffers', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    assert.equal(sys.send(here, Buffer.from('abcdef'), 2, 3, 0), 3);
    const buffer = Buffer.from('........');
    assert.equal(sys.recv(there, buffer, 1, 5, sys.MSG_PEEK), 3);
    assert.equal(sys.recv(there, buffer, 5, 2, 0), 2);
    assert.equal(text(buffer), '.cde.cd.');
  });

  it('return EAGAIN without data, 0 at the end, and EPIPE without a signal', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    const byte = new Uint8Array(1);
    assert.equal(named(sys.recv(here, byte, 0, 1, 0)), 'EAGAIN');
    fds.close(there);
    assert.equal(sys.recv(here, byte, 0, 1, 0), 0);
    assert.equal(named(sys.send(here, byte, 0, 1, 0)), 'EPIPE');
  });

  it('take fewer bytes than asked when the buffer of the kernel is full', () => {
    using fds = new Fds();
    const [here] = fds.pair();
    const big = new Uint8Array(2 ** 22);
    const sent = sys.send(here, big, 0, big.length, 0);
    assert.ok(sent > 0 && sent < big.length);
    assert.equal(named(sys.send(here, big, 0, big.length, 0)), 'EAGAIN');
  });

  it('return with MSG_TRUNC the full length of a datagram, and store what fits', () => {
    using fds = new Fds();
    const [here, there] = fds.pair(sys.SOCK_DGRAM);
    check(sys.send(here, Buffer.from('abcdef'), 0, 6, 0));
    const buffer = Buffer.from('....');
    assert.equal(sys.recv(there, buffer, 0, 2, sys.MSG_TRUNC), 6);
    assert.equal(text(buffer), 'ab..');
  });
});

describe('sys.sendto and sys.recvfrom', () => {
  it('carry the address', () => {
    using fds = new Fds();
    const [here, ownAddress] = fds.bound(sys.SOCK_DGRAM);
    const [there, peerAddress] = fds.bound(sys.SOCK_DGRAM);
    assert.equal(sys.sendto(here, Buffer.from('xyz'), 1, 2, 0, peerAddress, peerAddress.length), 2);
    assert.equal(sys.poll(Int32Array.of(there, sys.POLLIN), 1, 5000), 1);
    const buffer = new Uint8Array(8);
    const sender = new Uint8Array(sys.SIZEOF_SOCKADDR_STORAGE);
    const length = new Int32Array(1);
    assert.equal(sys.recvfrom(there, buffer, 3, 5, 0, sender, length), 2);
    assert.equal(text(buffer.subarray(3, 5)), 'yz');
    assert.equal(length[0], sys.SIZEOF_SOCKADDR_IN);
    assert.deepEqual(sender.subarray(0, 16), ownAddress);
  });

  it('carry the address of an empty datagram, too', () => {
    using fds = new Fds();
    const [here, ownAddress] = fds.bound(sys.SOCK_DGRAM);
    const [there, peerAddress] = fds.bound(sys.SOCK_DGRAM);
    assert.equal(sys.sendto(here, new Uint8Array(0), 0, 0, 0, peerAddress, peerAddress.length), 0);
    assert.equal(sys.poll(Int32Array.of(there, sys.POLLIN), 1, 5000), 1);
    const sender = new Uint8Array(sys.SIZEOF_SOCKADDR_STORAGE);
    const length = Int32Array.of(-7);
    assert.equal(sys.recvfrom(there, new Uint8Array(4), 0, 4, 0, sender, length), 0);
    assert.equal(length[0], sys.SIZEOF_SOCKADDR_IN);
    assert.deepEqual(sender.subarray(0, 16), ownAddress);
  });

  it('leave the length of the address unchanged after an error', () => {
    using fds = new Fds();
    const [fd] = fds.bound(sys.SOCK_DGRAM);
    const length = Int32Array.of(-7);
    assert.equal(named(sys.recvfrom(fd, new Uint8Array(4), 0, 4, 0, new Uint8Array(16), length)), 'EAGAIN');
    const out = Int32Array.of(-7, -8, -9);
    assert.equal(named(sys.recvmsg(fd, [new Uint8Array(4)], null, 0, new Uint8Array(16), out)), 'EAGAIN');
    assert.deepEqual([...length, ...out], [-7, -7, -8, -9]);
  });

  it('return the errno of an address that fits no socket', () => {
    using fds = new Fds();
    const [here] = fds.bound(sys.SOCK_DGRAM);
    assert.equal(named(sys.sendto(here, new Uint8Array(1), 0, 1, 0, loopback(0), 16)), 'EINVAL');
    assert.equal(named(sys.sendto(here, new Uint8Array(1), 0, 1, 0, new Uint8Array(16).fill(99), 16)), 'EAFNOSUPPORT');
  });
});

describe('sys.sendmsg and sys.recvmsg', () => {
  it('gather and scatter', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    const parts = [Buffer.from('ab'), new Uint8Array(0), Buffer.from('cdef')];
    assert.equal(sys.sendmsg(here, parts, null, 0, null, 0), 6);
    const [first, second] = [new Uint8Array(4), new Uint8Array(4)];
    const out = new Int32Array(3).fill(-1);
    assert.equal(sys.recvmsg(there, [first, second], null, 0, null, out), 6);
    assert.equal(text(first) + text(second), 'abcdef\0\0');
    assert.deepEqual([...out], [0, sys.MSG_CMSG_CLOEXEC, 0]);
  });

  it('take 1024 buffers', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    const parts = Array.from({ length: 1024 }, (_, index) => Uint8Array.of(index));
    assert.equal(sys.sendmsg(here, parts, null, 0, null, 0), 1024);
    const back = Array.from({ length: 1024 }, () => new Uint8Array(1));
    assert.equal(sys.recvmsg(there, back, null, 0, null, new Int32Array(3)), 1024);
    assert.deepEqual(back, parts);
  });

  it('carry the address', () => {
    using fds = new Fds();
    const [here, ownAddress] = fds.bound(sys.SOCK_DGRAM);
    const [there, peerAddress] = fds.bound(sys.SOCK_DGRAM);
    assert.equal(sys.sendmsg(here, [Uint8Array.of(5)], null, 0, peerAddress, peerAddress.length), 1);
    assert.equal(sys.poll(Int32Array.of(there, sys.POLLIN), 1, 5000), 1);
    const sender = new Uint8Array(32);
    const out = new Int32Array(3);
    assert.equal(sys.recvmsg(there, [new Uint8Array(4)], null, 0, sender, out), 1);
    assert.equal(out[2], sys.SIZEOF_SOCKADDR_IN);
    assert.equal(portOf(sender), portOf(ownAddress));
  });

  it('pass fds, which arrive close-on-exec', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    const [readEnd, writeEnd] = fds.pipe(0);
    assert.equal(sys.sendmsg(here, [Uint8Array.of(1)], rights(readEnd, writeEnd), 0, null, 0), 1);
    const control = new Uint8Array(64);
    const out = new Int32Array(3);
    assert.equal(sys.recvmsg(there, [new Uint8Array(1)], control, 0, null, out), 1);
    assert.equal(out[0], rights(0, 0).length);
    const ints = new Int32Array(control.buffer, sys.SIZEOF_CMSGHDR, 2);
    const [newRead, newWrite] = [fds.own(ints[0]!), fds.own(ints[1]!)];
    for (const fd of [newRead, newWrite]) assert.equal(sys.fcntl(fd, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    check(sys.write(newWrite, Uint8Array.of(42), 0, 1));
    const byte = new Uint8Array(1);
    assert.equal(sys.read(readEnd, byte, 0, 1), 1);
    assert.equal(byte[0], 42);
  });

  it('say with MSG_CTRUNC that the control buffer was too small', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    check(sys.sendmsg(here, [Uint8Array.of(1)], rights(here), 0, null, 0));
    const out = new Int32Array(3);
    assert.equal(sys.recvmsg(there, [new Uint8Array(1)], new Uint8Array(8), 0, null, out), 1);
    assert.equal(out[1]! & sys.MSG_CTRUNC, sys.MSG_CTRUNC);
  });
});

describe('MSG_ZEROCOPY', () => {
  it('is refused, as the kernel would read the buffer after the call', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    const [datagram, address] = fds.bound(sys.SOCK_DGRAM);
    const bytes = new Uint8Array(4);
    for (const flags of [MSG_ZEROCOPY, MSG_ZEROCOPY | sys.MSG_DONTWAIT, -1]) {
      assert.equal(named(sys.send(here, bytes, 0, 4, flags)), 'ENOTSUP');
      assert.equal(named(sys.sendmsg(here, [bytes], null, flags, null, 0)), 'ENOTSUP');
      assert.equal(named(sys.sendto(datagram, bytes, 0, 4, flags, address, address.length)), 'ENOTSUP');
    }
    assert.equal(named(sys.recv(there, bytes, 0, 4, 0)), 'EAGAIN');
  });
});

describe('sys.sendfile', () => {
  it('sends a part of a file', (t) => {
    using fds = new Fds();
    const folder = mkdtempSync(join(tmpdir(), 'tripoll-'));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(join(folder, 'file'), '0123456789');
    const file = fds.own(openSync(join(folder, 'file'), 'r'));
    const [here, there] = fds.pair();
    assert.equal(sys.sendfile(here, file, 3, 4), 4);
    assert.equal(sys.sendfile(here, file, 8, 100), 2);
    assert.equal(sys.sendfile(here, file, 10, 100), 0);
    const buffer = new Uint8Array(16);
    assert.equal(sys.recv(there, buffer, 0, 16, 0), 6);
    assert.equal(text(buffer.subarray(0, 6)), '345689');
  });

  it('returns the errno when the input is no file', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    assert.equal(named(sys.sendfile(here, fds.closed(), 0, 1)), 'EBADF');
    assert.match(String(named(sys.sendfile(here, there, 0, 1))), /^(EINVAL|ESPIPE)$/);
  });
});
