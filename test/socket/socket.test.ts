import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import * as socketModule from '../../src/socket.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createServer,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  Socket,
  socket,
  socketpair,
} from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { inet, tcpPair } from '../support/socket-pairs.ts';

describe('socket()', () => {
  it('is AF_INET, a stream, blocking, without a timeout and close-on-exec', () => {
    using s = socket();
    assert.deepEqual([s.family, s.type, s.proto], [AF_INET, SOCK_STREAM, 0]);
    assert.deepEqual([s.gettimeout(), s.timeout, s.getblocking(), s.getInheritable()], [null, null, true, false]);
    assert.ok(s instanceof Socket);
  });

  it('uses the defaults for -1', () => {
    using s = socket(-1, -1, -1);
    assert.deepEqual([s.family, s.type, s.proto], [AF_INET, SOCK_STREAM, 0]);
  });

  it('removes SOCK_NONBLOCK and SOCK_CLOEXEC from the type, and has the timeout 0 with SOCK_NONBLOCK', () => {
    using s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert.deepEqual([s.type, s.gettimeout(), s.getblocking()], [SOCK_DGRAM, 0, false]);
  });

  it('throws for a protocol that does not fit the type', () => {
    assert.throws(() => socket(AF_INET, SOCK_STREAM, 99), {
      name: 'OSError',
      code: 'EPROTONOSUPPORT',
      errno: -93,
      syscall: 'socket',
    });
  });

  it('asks the kernel for the family, type and proto of an fd', () => {
    using datagram = socket(AF_INET6, SOCK_DGRAM);
    using copy = socket(-1, -1, -1, socketModule.dup(datagram.fileno()));
    assert.deepEqual([copy.family, copy.type, copy.proto], [AF_INET6, SOCK_DGRAM, IPPROTO_UDP]);
    using stream = socket(-1, -1, -1, socketModule.dup(socket().detach()));
    assert.equal(stream.proto, IPPROTO_TCP);
  });

  it('throws for an fd that is not a socket, and does not close it', () => {
    const fds = new Int32Array(2);
    sys.pipe2(fds, sys.O_CLOEXEC);
    const [readEnd = -1, writeEnd = -1] = fds;
    assert.throws(() => socket(-1, -1, -1, readEnd), { code: 'ENOTSOCK' });
    assert.throws(() => socket(AF_INET, SOCK_STREAM, 0, readEnd), { code: 'ENOTSOCK' });
    assert.equal(sys.close(readEnd), 0);
    assert.equal(sys.close(writeEnd), 0);
  });
});

describe('Socket.accept', () => {
  it('returns a blocking, close-on-exec socket even if the listener is non-blocking', () => {
    using listener = createServer(['127.0.0.1', 0]);
    using client = socketModule.createConnection(inet(listener.getsockname()));
    listener.setblocking(false);
    const [accepted, address] = listener.accept();
    using server = accepted;
    assert.deepEqual([server.gettimeout(), server.getInheritable(), server.family], [null, false, AF_INET]);
    assert.equal(sys.fcntl(server.fileno(), sys.F_GETFL, 0) & sys.O_NONBLOCK, 0);
    assert.deepEqual(address, client.getsockname());
    assert.deepEqual(server.getpeername(), address);
  });
});

describe('repr', () => {
  it("is Python's", () => {
    using pair = tcpPair();
    const [, near] = inet(pair.client.getsockname());
    const [, far] = inet(pair.client.getpeername());
    const ends = `laddr=('127.0.0.1', ${near}), raddr=('127.0.0.1', ${far})`;
    const fd = String(pair.client.fileno());
    assert.equal(inspect(pair.client), `<socket.socket fd=${fd}, family=2, type=1, proto=0, ${ends}>`);
    pair.client.close();
    assert.equal(String(pair.client), '<socket.socket [closed] fd=-1, family=2, type=1, proto=0>');
    const [one, other] = socketpair();
    assert.equal(inspect(one), `<socket.socket fd=${one.fileno()}, family=1, type=1, proto=0>`);
    one.close();
    other.close();
  });

  it('shows abstract names as bytes', () => {
    using s = socket(AF_UNIX);
    const name = `tripoll-${process.pid}`;
    s.bind(`\0${name}`);
    assert.match(inspect(s), new RegExp(`laddr=b'\\\\x00${name}'>$`));
  });
});

describe('tripoll/socket', () => {
  it('names the exceptions as Python does', () => {
    assert.throws(() => socket(99), socketModule.error);
    assert.equal(new socketModule.timeout('timed out') instanceof socketModule.error, true);
    assert.equal(Object.getPrototypeOf(socketModule.gaierror), socketModule.error);
    assert.equal(Object.getPrototypeOf(socketModule.herror), socketModule.error);
    assert.equal(socketModule.hasIpv6, true);
  });
});
