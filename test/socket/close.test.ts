import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';

import * as socketModule from '../../src/socket.ts';
import { AF_INET, SHUT_RDWR, SHUT_WR, SO_ERROR, SO_KEEPALIVE, Socket, socket, SOL_SOCKET } from '../../src/socket.ts';
import { tcpPair } from '../support/socket-pairs.ts';

describe('Socket.close', () => {
  it('may be called twice; afterwards fileno() is -1 and all I/O throws EBADF', () => {
    const s = socket();
    const fd = s.fileno();
    s.close();
    s.close();
    assert.equal(s.fileno(), -1);
    assert.equal(s.closed, true);
    assert.throws(() => readlinkSync(`/proc/self/fd/${fd}`));
    const badFd = { name: 'OSError', code: 'EBADF', errno: -9 };
    const io: (() => unknown)[] = [
      () => s.recv(1),
      () => s.recvfrom(1),
      () => s.recvmsg(1),
      () => s.recvInto(Buffer.alloc(1)),
      () => s.send(Buffer.alloc(0)),
      () => {
        s.sendall(Buffer.alloc(0));
      },
      () => s.sendto(Buffer.alloc(1), ['127.0.0.1', 9]),
      () => s.sendmsg([Buffer.alloc(1)]),
      () => s.accept(),
      () => {
        s.bind(['127.0.0.1', 0]);
      },
      () => {
        s.connect(['127.0.0.1', 9]);
      },
      () => {
        s.listen();
      },
      () => {
        s.shutdown(SHUT_WR);
      },
      () => s.getsockname(),
      () => s.getpeername(),
      () => s.getsockopt(SOL_SOCKET, SO_ERROR),
      () => {
        s.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1);
      },
      () => {
        s.settimeout(1);
      },
      () => {
        s.setblocking(true);
      },
      () => s.getInheritable(),
      () => {
        s.setInheritable(true);
      },
      () => s.dup(),
    ];
    for (const call of io) assert.throws(call, badFd, String(call));
    assert.equal(s.connectEx(['127.0.0.1', 9]), 9);
    assert.equal(s.recv(0).length, 0);
    assert.equal(s.recvInto(Buffer.alloc(0)), 0);
    assert.equal(s.gettimeout(), null);
    assert.equal(s.detach(), -1);
  });

  it('runs at the end of a `using` block', () => {
    let outside: Socket;
    {
      using inside = socket();
      outside = inside;
    }
    assert.equal(outside.fileno(), -1);
  });

  it('detach returns the fd, still open', () => {
    const s = socket();
    const fd = s.fileno();
    assert.equal(s.detach(), fd);
    assert.deepEqual([s.fileno(), s.closed, s.detach()], [-1, true, -1]);
    s.close();
    socketModule.close(fd);
    assert.throws(
      () => {
        socketModule.close(fd);
      },
      { code: 'EBADF' },
    );
  });
});

describe('Socket.dup', () => {
  it('makes a second fd with the same timeout, close-on-exec', () => {
    using pair = tcpPair();
    pair.client.settimeout(2.5);
    using copy = pair.client.dup();
    assert.notEqual(copy.fileno(), pair.client.fileno());
    assert.deepEqual([copy.gettimeout(), copy.getInheritable(), copy.family], [2.5, false, AF_INET]);
    pair.client.close();
    copy.sendall(Buffer.from('still open'));
    assert.equal(String(pair.server.recv(100)), 'still open');
  });
});

describe('Socket.shutdown', () => {
  it('throws ENOTCONN on a socket that is not connected', () => {
    using idle = socket();
    assert.throws(
      () => {
        idle.shutdown(SHUT_RDWR);
      },
      { code: 'ENOTCONN' },
    );
  });
});
