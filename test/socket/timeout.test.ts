import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  AF_INET,
  createServer,
  getdefaulttimeout,
  setdefaulttimeout,
  SOCK_DGRAM,
  socket,
  socketpair,
} from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { tcpPair } from '../support/socket-pairs.ts';
import { millisecondsOf, timedOut } from '../support/socket-timing.ts';

describe('settimeout', () => {
  it('accepts seconds, 0 and null, and makes the fd non-blocking with any timeout', () => {
    using s = socket();
    const isNonBlocking = (): boolean => (sys.fcntl(s.fileno(), sys.F_GETFL, 0) & sys.O_NONBLOCK) !== 0;
    s.settimeout(2.5);
    assert.deepEqual([s.gettimeout(), s.timeout, s.getblocking(), isNonBlocking()], [2.5, 2.5, true, true]);
    s.settimeout(0);
    assert.deepEqual([s.gettimeout(), s.getblocking(), isNonBlocking()], [0, false, true]);
    s.settimeout(null);
    assert.deepEqual([s.gettimeout(), s.getblocking(), isNonBlocking()], [null, true, false]);
    s.setblocking(false);
    assert.deepEqual([s.gettimeout(), isNonBlocking()], [0, true]);
    s.setblocking(1);
    assert.deepEqual([s.gettimeout(), isNonBlocking()], [null, false]);
    s.settimeout(1e-10);
    assert.equal(s.gettimeout(), 1e-9);
  });

  it('is unchanged after setblocking has thrown for a wrong type', () => {
    using s = socket();
    assert.throws(() => {
      s.setblocking('x' as never);
    }, /'str' object cannot be interpreted as an integer/);
    assert.throws(() => {
      s.setblocking(null as never);
    }, /'NoneType' object cannot be interpreted as an integer/);
    assert.throws(() => {
      s.setblocking(2.5);
    }, /'float' object cannot be interpreted as an integer/);
    assert.equal(s.gettimeout(), null);
  });
});

describe('setdefaulttimeout', () => {
  it('is the timeout of new sockets, including accepted ones', (t) => {
    t.after(() => {
      setdefaulttimeout(null);
    });
    assert.equal(getdefaulttimeout(), null);
    setdefaulttimeout(1.5);
    assert.equal(getdefaulttimeout(), 1.5);
    using pair = tcpPair();
    assert.deepEqual([pair.client.gettimeout(), pair.server.gettimeout()], [1.5, 1.5]);
    assert.notEqual(sys.fcntl(pair.server.fileno(), sys.F_GETFL, 0) & sys.O_NONBLOCK, 0);
    assert.throws(
      () => {
        setdefaulttimeout(-1);
      },
      { message: 'Timeout value out of range' },
    );
    assert.equal(getdefaulttimeout(), 1.5);
  });
});

describe('a call on a socket with a timeout', () => {
  it('throws TimeoutError without an errno when the timeout is over, and not before', () => {
    const [one, other] = socketpair();
    using listener = createServer(['127.0.0.1', 0]);
    using datagram = socket(AF_INET, SOCK_DGRAM);
    for (const s of [one, listener, datagram]) s.settimeout(0.05);
    const calls: (() => unknown)[] = [
      () => one.recv(1),
      () => one.recvInto(Buffer.alloc(1)),
      () => one.recvmsg(1),
      () => datagram.recvfrom(1),
      () => datagram.recvfromInto(Buffer.alloc(1)),
      () => listener.accept(),
      () => {
        for (;;) one.send(Buffer.alloc(100_000));
      },
      () => one.sendmsg([Buffer.alloc(100_000)]),
    ];
    for (const call of calls) {
      const ms = millisecondsOf(() => {
        assert.throws(call, timedOut, String(call));
      });
      assert.ok(ms >= 49 && ms < 2000, `${String(call)}: ${String(ms)}`);
    }
    one.close();
    other.close();
  });

  it('returns immediately if there is data', () => {
    using pair = tcpPair();
    pair.server.settimeout(30);
    pair.client.sendall(Buffer.from('x'));
    const ms = millisecondsOf(() => pair.server.recv(1));
    assert.ok(ms < 2000);
  });

  it('sendall has one deadline for the whole call', () => {
    const [one, other] = socketpair();
    one.settimeout(0.2);
    const ms = millisecondsOf(() => {
      assert.throws(() => {
        one.sendall(Buffer.alloc(50_000_000));
      }, timedOut);
    });
    assert.ok(ms >= 199 && ms < 3000, String(ms));
    one.close();
    other.close();
  });
});

describe('a non-blocking call that would wait', () => {
  it('throws BlockingIOError', () => {
    using pair = tcpPair();
    using listener = createServer(['127.0.0.1', 0]);
    pair.client.setblocking(false);
    listener.setblocking(false);
    const again = { name: 'BlockingIOError', code: 'EAGAIN', errno: -11 };
    assert.throws(() => pair.client.recv(1), { ...again, syscall: 'recv' });
    assert.throws(() => pair.client.recvfrom(1), again);
    assert.throws(() => pair.client.recvmsg(1), again);
    assert.throws(() => pair.client.recvInto(Buffer.alloc(1)), again);
    assert.throws(() => listener.accept(), { ...again, syscall: 'accept4' });
  });
});
