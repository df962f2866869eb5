import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { IPPROTO_TCP, SO_RCVBUF, SO_REUSEADDR, socket, SOL_SOCKET, TCP_NODELAY } from '../../src/socket.ts';

describe('Socket options', () => {
  it('reads and writes ints', () => {
    using s = socket();
    s.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    assert.equal(s.getsockopt(IPPROTO_TCP, TCP_NODELAY), 1);
  });

  it('reads and writes bytes', () => {
    using s = socket();
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, Buffer.from([1, 0, 0, 0]));
    assert.deepEqual(s.getsockopt(SOL_SOCKET, SO_REUSEADDR, 1024), Buffer.from([1, 0, 0, 0]));
    assert.deepEqual(s.getsockopt(SOL_SOCKET, SO_REUSEADDR, 2), Buffer.from([1, 0]));
  });

  it('throws for a length out of range and for a value of the wrong type', () => {
    using s = socket();
    const outOfRange = { name: 'OSError', message: 'getsockopt buflen out of range', errno: undefined };
    assert.throws(() => s.getsockopt(SOL_SOCKET, SO_RCVBUF, 2000), outOfRange);
    assert.throws(() => s.getsockopt(SOL_SOCKET, SO_RCVBUF, -1), outOfRange);
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

  it('lets programs inherit the fd only after setInheritable(true)', () => {
    using s = socket();
    s.setInheritable(true);
    assert.equal(s.getInheritable(), true);
    s.setInheritable(false);
    assert.equal(s.getInheritable(), false);
  });
});
