import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { check, Fds, named } from '../support/fds.ts';
import { temporaryFolder } from '../support/socket-pairs.ts';

const POINTER_COMMANDS = {
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_SETOWN_EX: 15,
  F_GETOWN_EX: 16,
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38,
  F_GET_RW_HINT: 1035,
  F_SET_RW_HINT: 1036,
};

const POINTER_REQUESTS = {
  TCGETS: 0x5401,
  TIOCGWINSZ: 0x5413,
  TIOCSWINSZ: 0x5414,
  SIOCGIFCONF: 0x8912,
  SIOCGIFADDR: 0x8915,
  SIOCETHTOOL: 0x8946,
  SIOCGSTAMP: 0x8906,
  BLKGETSIZE64: 0x80081272,
};

describe('sys.close', () => {
  it('closes an fd once, and returns EBADF the second time', () => {
    using fds = new Fds();
    const fd = fds.at(900);
    assert.equal(sys.close(fd), 0);
    assert.equal(named(sys.close(fd)), 'EBADF');
  });
});

describe('sys.pipe2', () => {
  it('makes a read end and a write end', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const buffer = new Uint8Array(8);
    assert.equal(sys.write(writeEnd, Buffer.from('abcd'), 1, 2), 2);
    assert.equal(sys.read(readEnd, buffer, 3, 5), 2);
    assert.deepEqual([...buffer], [0, 0, 0, 98, 99, 0, 0, 0]);
    assert.equal(named(sys.read(writeEnd, buffer, 0, 1)), 'EBADF');
  });

  it('accepts O_NONBLOCK and O_CLOEXEC', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe(sys.O_NONBLOCK | sys.O_CLOEXEC);
    assert.equal(named(sys.read(readEnd, new Uint8Array(1), 0, 1)), 'EAGAIN');
    assert.equal(sys.fcntl(readEnd, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    const [inheritable] = fds.pipe(0);
    assert.equal(sys.fcntl(inheritable, sys.F_GETFD, 0), 0);
    assert.equal(named(sys.pipe2(new Int32Array(2), 1)), 'EINVAL');
  });
});

describe('sys.read', () => {
  it('returns 0 at the end of the input', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    fds.close(writeEnd);
    assert.equal(sys.read(readEnd, new Uint8Array(1), 0, 1), 0);
  });

  it('accepts offsets and lengths in bytes for any typed array', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    sys.write(writeEnd, Uint32Array.of(0x01020304, 0x05060708), 2, 4);
    const words = new Uint16Array(4);
    assert.equal(sys.read(readEnd, words, 2, 4), 4);
    assert.deepEqual([...words], [0, 0x0102, 0x0708, 0]);
  });
});

describe('sys.write', () => {
  it('returns EPIPE, and the process survives', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    fds.close(readEnd);
    assert.equal(named(sys.write(writeEnd, new Uint8Array(1), 0, 1)), 'EPIPE');
  });
});

describe('sys.eventfd', () => {
  it('counts in 64 bits, and blocks at 0', () => {
    using fds = new Fds();
    const fd = fds.own(sys.eventfd(4294967295, sys.EFD_CLOEXEC | sys.EFD_NONBLOCK));
    const counter = new BigUint64Array(1);
    const bytes = new Uint8Array(counter.buffer);
    counter[0] = 2n;
    assert.equal(sys.write(fd, bytes, 0, 8), 8);
    assert.equal(sys.read(fd, bytes, 0, 8), 8);
    assert.equal(counter[0], 4294967297n);
    assert.equal(named(sys.read(fd, bytes, 0, 8)), 'EAGAIN');
    assert.equal(named(sys.read(fd, bytes, 0, 7)), 'EINVAL');
  });

  it('subtracts 1 at a time with EFD_SEMAPHORE', () => {
    using fds = new Fds();
    const fd = fds.own(sys.eventfd(2, sys.EFD_SEMAPHORE | sys.EFD_NONBLOCK));
    const bytes = new Uint8Array(8);
    assert.deepEqual(
      [0, 1, 2].map(() => named(sys.read(fd, bytes, 0, 8))),
      [8, 8, 'EAGAIN'],
    );
    assert.equal(bytes[0], 1);
  });
});

describe('sys.flock', () => {
  it('locks a folder for one open file description, and never waits', () => {
    const folder = temporaryFolder();
    const [one, other] = [openSync(folder, 'r'), openSync(folder, 'r')];
    assert.equal(sys.flock(one, sys.LOCK_EX), 0);
    assert.equal(sys.flock(other, sys.LOCK_SH), sys.errnoOf('EAGAIN'));
    assert.equal(sys.flock(one, sys.LOCK_UN), 0);
    assert.equal(sys.flock(other, sys.LOCK_EX | sys.LOCK_NB), 0);
    for (const fd of [one, other]) sys.close(fd);
  });
});

describe('sys.dup3', () => {
  it('makes a number a duplicate of another fd, and closes its former file', () => {
    using fds = new Fds();
    const [readEnd, writeEnd] = fds.pipe();
    const [otherRead, target] = fds.pipe();
    assert.equal(sys.dup3(writeEnd, target, sys.O_CLOEXEC), target);
    sys.write(target, Uint8Array.of(7), 0, 1);
    const byte = new Uint8Array(1);
    assert.equal(sys.read(readEnd, byte, 0, 1), 1);
    assert.equal(byte[0], 7);
    assert.equal(sys.read(otherRead, byte, 0, 1), 0);
    assert.equal(sys.fcntl(target, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    assert.equal(sys.dup3(writeEnd, target, 0), target);
    assert.equal(sys.fcntl(target, sys.F_GETFD, 0), 0);
  });

  it('refuses a copy onto itself and a number beyond the limit', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    assert.equal(named(sys.dup3(readEnd, readEnd, 0)), 'EINVAL');
    assert.equal(named(sys.dup3(readEnd, 2 ** 31 - 1, 0)), 'EBADF');
  });
});

describe('sys.fcntl', () => {
  it('duplicates at or above a number, close-on-exec on request', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    const plain = fds.own(sys.fcntl(readEnd, sys.F_DUPFD, 700));
    const cloexec = fds.own(sys.fcntl(readEnd, sys.F_DUPFD_CLOEXEC, 700));
    assert.ok(plain >= 700 && cloexec > plain);
    assert.equal(sys.fcntl(plain, sys.F_GETFD, 0), 0);
    assert.equal(sys.fcntl(cloexec, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    assert.equal(named(sys.fcntl(readEnd, sys.F_DUPFD, -1)), 'EINVAL');
  });

  it('reads and sets the flags of the fd and of the file', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    assert.equal(sys.fcntl(readEnd, sys.F_SETFD, 0), 0);
    assert.equal(sys.fcntl(readEnd, sys.F_GETFD, 0), 0);
    assert.equal(sys.fcntl(readEnd, sys.F_GETFL, 0) & sys.O_NONBLOCK, 0);
    assert.equal(sys.fcntl(readEnd, sys.F_SETFL, sys.O_NONBLOCK), 0);
    assert.equal(sys.fcntl(readEnd, sys.F_GETFL, 0) & sys.O_NONBLOCK, sys.O_NONBLOCK);
  });

  it('sets the size of a pipe', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    assert.equal(sys.fcntl(readEnd, sys.F_SETPIPE_SZ, 5000), 8192);
    assert.equal(sys.fcntl(readEnd, sys.F_GETPIPE_SZ, 0), 8192);
  });

  for (const [name, command] of Object.entries(POINTER_COMMANDS)) {
    it(`refuses ${name}, whose argument is a pointer`, () => {
      using fds = new Fds();
      const file = fds.own(openSync(process.execPath, 'r'));
      for (const argument of [0, 1, -1, 0x10000]) assert.equal(named(sys.fcntl(file, command, argument)), 'EINVAL');
    });
  }
});

describe('sys.ioctl', () => {
  it('returns with FIONREAD the number of waiting bytes, and with SIOCOUTQ the number of unread bytes', () => {
    using fds = new Fds();
    const [here, there] = fds.pair();
    check(sys.send(here, new Uint8Array(5), 0, 5, 0));
    assert.equal(sys.ioctl(there, sys.FIONREAD, 0), 5);
    assert.ok(sys.ioctl(here, sys.SIOCOUTQ, 0) >= 5);
    assert.equal(sys.ioctl(here, sys.FIONREAD, 0), 0);
  });

  it('switches O_NONBLOCK with FIONBIO', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    assert.equal(sys.ioctl(readEnd, sys.FIONBIO, 1), 1);
    assert.equal(named(sys.read(readEnd, new Uint8Array(1), 0, 1)), 'EAGAIN');
    assert.equal(sys.ioctl(readEnd, sys.FIONBIO, 0), 0);
    assert.equal(sys.fcntl(readEnd, sys.F_GETFL, 0) & sys.O_NONBLOCK, 0);
  });

  it('does not confuse a negative int with an errno', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    assert.equal(sys.ioctl(readEnd, sys.FIONBIO, -1), 0xffffffff);
    assert.equal(sys.ioctl(readEnd, sys.FIONBIO, -5), 0xfffffffb);
  });

  it('returns with SIOCATMARK whether the urgent byte is next', () => {
    using fds = new Fds();
    const [listener, address] = fds.listener();
    const client = fds.client(address);
    const server = fds.own(sys.accept4(listener, null, null, sys.SOCK_CLOEXEC));
    assert.equal(sys.ioctl(server, sys.SIOCATMARK, 0), 0);
    check(sys.send(client, new Uint8Array(1), 0, 1, sys.MSG_OOB));
    check(sys.poll(Int32Array.of(server, sys.POLLPRI), 1, 5000));
    assert.equal(sys.ioctl(server, sys.SIOCATMARK, 0), 1);
  });

  it('unlocks and numbers a pseudo-terminal', () => {
    using fds = new Fds();
    const master = fds.own(openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY));
    assert.equal(sys.ioctl(master, sys.TIOCSPTLCK, 0), 0);
    const number = sys.ioctl(master, sys.TIOCGPTN, 0);
    assert.ok(number >= 0, named(number).toString());
    fds.own(openSync(`/dev/pts/${number}`, constants.O_RDWR | constants.O_NOCTTY));
  });

  it('returns ENOTTY when the request does not fit the file', () => {
    using fds = new Fds();
    const [readEnd] = fds.pipe();
    assert.equal(named(sys.ioctl(readEnd, sys.TIOCGPTN, 0)), 'ENOTTY');
  });

  for (const [name, request] of Object.entries(POINTER_REQUESTS)) {
    it(`refuses ${name}, which would write more than an int`, () => {
      using fds = new Fds();
      const [here] = fds.pair();
      for (const argument of [0, 1, -1]) assert.equal(named(sys.ioctl(here, request, argument)), 'EINVAL');
    });
  }
});

describe('close-on-exec', () => {
  it('keeps an fd from a child process', () => {
    using fds = new Fds();
    const kept = fds.at(800);
    const passed = fds.own(sys.fcntl(kept, sys.F_DUPFD, 800));
    const seen = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).split('\n');
    assert.ok(!seen.includes(String(kept)));
    assert.ok(seen.includes(String(passed)));
  });
});
