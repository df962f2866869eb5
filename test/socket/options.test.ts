import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as socketModule from '../../src/socket.ts';
import {
  IPPROTO_TCP,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_STREAM,
  socket,
  SOL_SOCKET,
  TCP_NODELAY,
} from '../../src/socket.ts';
import { tcpPair } from '../support/socket-pairs.ts';

describe('Socket options', () => {
  it('reads and writes ints', () => {
    using s = socket();
    s.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
    assert.equal(s.getsockopt(SOL_SOCKET, SO_KEEPALIVE), 1);
    s.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    assert.equal(s.getsockopt(IPPROTO_TCP, TCP_NODELAY), 1);
    assert.equal(s.getsockopt(SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  });

  it('reads and writes bytes', () => {
    using s = socket();
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, Buffer.from([1, 0, 0, 0]));
    assert.deepEqual(s.getsockopt(SOL_SOCKET, SO_REUSEADDR, 1024), Buffer.from([1, 0, 0, 0]));
    assert.deepEqual(s.getsockopt(SOL_SOCKET, SO_REUSEADDR, 2), Buffer.from([1, 0]));
  });

  it('throws for a length out of range, an unknown option, a value of no kind', () => {
    using s = socket();
    const outOfRange = { name: 'OSError', message: 'getsockopt buflen out of range', errno: undefined };
    assert.throws(() => s.getsockopt(SOL_SOCKET, SO_RCVBUF, 2000), outOfRange);
    assert.throws(() => s.getsockopt(SOL_SOCKET, SO_RCVBUF, -1), outOfRange);
    assert.throws(() => s.getsockopt(SOL_SOCKET, 9999), { code: 'ENOPROTOOPT', errno: -92 });
    const notBytes = { name: 'TypeError', message: "a bytes-like object is required, not 'str'" };
    assert.throws(() => {
      s.setsockopt(SOL_SOCKET, SO_RCVBUF, 'x' as never);
    }, notBytes);
    assert.throws(() => {
      s.setsockopt(SOL_SOCKET, SO_RCVBUF, null);
    }, /bytes-like object is required, not 'NoneType'/);
    assert.throws(() => {
      s.setsockopt(SOL_SOCKET, SO_RCVBUF, 2 ** 31);
    }, /bytes-like object is required, not 'int'/);
    assert.throws(
      () => {
        s.setsockopt(SOL_SOCKET, SO_RCVBUF, null, 4);
      },
      { code: 'EFAULT' },
    );
    assert.throws(
      () => {
        s.setsockopt(SOL_SOCKET, SO_RCVBUF, null, -1);
      },
      { code: 'EINVAL' },
    );
    assert.throws(() => {
      s.setsockopt(SOL_SOCKET, SO_RCVBUF, 1, 4);
    }, /takes exactly 3 arguments \(4 given\)/);
  });

  it("gives SO_ERROR as the kernel's positive errno, once", () => {
    using pair = tcpPair();
    pair.server.setsockopt(SOL_SOCKET, socketModule.SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer));
    pair.server.close();
    assert.equal(pair.client.getsockopt(SOL_SOCKET, SO_ERROR), 104);
    assert.equal(pair.client.getsockopt(SOL_SOCKET, SO_ERROR), 0);
  });

  it('passes the fd on to programs only when told to', () => {
    using s = socket();
    s.setInheritable(true);
    assert.equal(s.getInheritable(), true);
    s.setInheritable(false);
    assert.equal(s.getInheritable(), false);
  });
});
