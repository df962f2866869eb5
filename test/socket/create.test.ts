import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  close,
  createConnection,
  createServer,
  dup,
  fromfd,
  hasDualstackIpv6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
  socketpair,
  SOL_SOCKET,
} from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { inet, unusedAddress } from '../support/socket-pairs.ts';

describe('socketpair', () => {
  it('is AF_UNIX, connected and close-on-exec, of any type', () => {
    for (const type of [undefined, SOCK_DGRAM, SOCK_SEQPACKET]) {
      const [one, other] = socketpair(null, type);
      using first = one;
      using second = other;
      assert.deepEqual([first.family, first.type], [AF_UNIX, type ?? SOCK_STREAM]);
      assert.deepEqual([first.getInheritable(), second.getInheritable()], [false, false]);
      first.send(Buffer.from('x'));
      assert.equal(String(second.recv(10)), 'x');
    }
  });

  it('has the timeout 0 with SOCK_NONBLOCK', () => {
    const ends = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
    assert.deepEqual(
      ends.map((end) => [end.gettimeout(), end.type]),
      [
        [0, SOCK_STREAM],
        [0, SOCK_STREAM],
      ],
    );
    for (const end of ends) end.close();
  });

  it('throws for families without socket pairs', () => {
    assert.throws(() => socketpair(AF_INET), { name: 'OSError', code: 'ENOTSUP', errno: -95 });
    assert.throws(() => socketpair(99), { code: 'EAFNOSUPPORT' });
    assert.throws(() => socketpair('x' as never), { name: 'TypeError' });
  });
});

describe('createServer', () => {
  it('listens, with SO_REUSEADDR', () => {
    using server = createServer(['127.0.0.1', 0], { backlog: 5 });
    assert.equal(server.getsockopt(SOL_SOCKET, SO_REUSEADDR), 1);
    assert.equal(server.getsockopt(SOL_SOCKET, SO_REUSEPORT), 0);
    using client = createConnection(inet(server.getsockname()));
    using accepted = server.accept()[0];
    assert.deepEqual(accepted.getpeername(), client.getsockname());
  });

  it('lets two sockets listen at one address with reusePort', () => {
    using first = createServer(['127.0.0.1', 0], { reusePort: true });
    using second = createServer(inet(first.getsockname()), { reusePort: true });
    assert.deepEqual(second.getsockname(), first.getsockname());
  });

  it('accepts only IPv6 connections without dualstackIpv6', () => {
    using six = createServer(['::1', 0], { family: AF_INET6 });
    assert.equal(six.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), 1);
    assert.equal(hasDualstackIpv6(), true);
    using both = createServer(['', 0], { family: AF_INET6, dualstackIpv6: true });
    assert.equal(both.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), 0);
    using client = createConnection(['127.0.0.1', inet(both.getsockname())[1]]);
    const [accepted, address] = both.accept();
    assert.equal(inet(address)[0], '::ffff:127.0.0.1');
    assert.equal(client.family, AF_INET);
    accepted.close();
    const message = 'dualstack_ipv6 requires AF_INET6 family';
    assert.throws(() => createServer(['', 0], { dualstackIpv6: true }), { name: 'RangeError', message });
  });

  it('names the address that it could not bind', () => {
    using server = createServer(['127.0.0.1', 0]);
    const address = inet(server.getsockname());
    const where = `(while attempting to bind on address ('127.0.0.1', ${address[1]}))`;
    const message = `EADDRINUSE: address already in use, bind ${where}`;
    assert.throws(() => createServer(address), { name: 'OSError', code: 'EADDRINUSE', errno: -98, message });
    const unknown = ['x'.repeat(300), 0] as const;
    assert.throws(
      () => createServer(unknown),
      (error: Error & { errno?: number }) => {
        assert.match(error.message, /^Name or service not known \(while attempting to bind on address \('x/);
        assert.ok(error.stack?.includes('while attempting'));
        return error.errno === -2;
      },
    );
  });

  it('throws for arguments of the wrong type', () => {
    assert.throws(() => createServer('x'), { message: 'bind(): AF_INET address must be tuple, not str' });
    assert.throws(() => createServer(['127.0.0.1', 0], { backlog: 'x' as never }), { name: 'TypeError' });
    assert.throws(() => createServer(['127.0.0.1', 0], { family: 99 }), { code: 'EAFNOSUPPORT' });
  });
});

describe('createConnection', () => {
  it('connects, with a timeout, a source address and a service name', () => {
    using server = createServer(['127.0.0.1', 0]);
    const [host, port] = inet(server.getsockname());
    using client = createConnection([host, String(port)], 5, ['127.0.0.2', 0]);
    assert.equal(client.gettimeout(), 5);
    assert.equal(inet(client.getsockname())[0], '127.0.0.2');
    assert.deepEqual(client.getpeername(), [host, port]);
    using blocking = createConnection([host, port], null);
    assert.equal(blocking.gettimeout(), null);
  });

  it("throws the last attempt's error, or all of them", () => {
    const address = unusedAddress();
    assert.throws(() => createConnection(address), { name: 'ConnectionRefusedError', code: 'ECONNREFUSED' });
    assert.throws(
      () => createConnection(address, undefined, null, { allErrors: true }),
      (error: AggregateError) => {
        assert.equal(error.message, 'create_connection failed');
        return error.errors.length === 1 && (error.errors[0] as { code: string }).code === 'ECONNREFUSED';
      },
    );
    assert.throws(() => createConnection(['x'.repeat(300), 80]), { name: 'gaierror' });
  });

  it('throws for an address that is not a pair', () => {
    const call = (address: unknown) => () => createConnection(address as never);
    assert.throws(call(5), { name: 'TypeError', message: 'cannot unpack non-iterable int object' });
    assert.throws(call(['a']), { name: 'RangeError', message: 'not enough values to unpack (expected 2, got 1)' });
    assert.throws(call(['a', 'b', 'c']), { message: 'too many values to unpack (expected 2)' });
    assert.throws(() => createConnection(['127.0.0.1', 1], -1), { message: 'Timeout value out of range' });
  });
});

describe('fromfd, dup and close', () => {
  it('duplicate an fd, close-on-exec', () => {
    using s = socket();
    using copy = fromfd(s.fileno(), AF_INET, SOCK_STREAM);
    assert.notEqual(copy.fileno(), s.fileno());
    assert.deepEqual([copy.getInheritable(), copy.proto], [false, 0]);
    const fd = dup(s.fileno());
    assert.equal(sys.fcntl(fd, sys.F_GETFD, 0), sys.FD_CLOEXEC);
    close(fd);
  });

  it('do not check the given family and type', () => {
    using s = socket();
    using copy = fromfd(s.fileno(), 99, 98, 97);
    assert.deepEqual([copy.family, copy.type, copy.proto], [99, 98, 97]);
  });

  it('throw for an fd that is not a socket or not open', () => {
    const fds = new Int32Array(2);
    sys.pipe2(fds, sys.O_CLOEXEC);
    assert.throws(() => fromfd(fds[0]!, AF_INET, SOCK_STREAM), { code: 'ENOTSOCK' });
    for (const fd of fds) close(fd);
    for (const bad of [-1, 999_999]) {
      assert.throws(() => fromfd(bad, AF_INET, SOCK_STREAM), { code: 'EBADF' });
      assert.throws(() => dup(bad), { code: 'EBADF' });
      assert.throws(
        () => {
          close(bad);
        },
        { code: 'EBADF' },
      );
    }
    assert.throws(() => dup('x' as never), { name: 'TypeError' });
    assert.throws(
      () => {
        close(1.5);
      },
      { name: 'TypeError' },
    );
  });
});
