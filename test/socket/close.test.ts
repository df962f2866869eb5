import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';

import * as socketModule from '../../src/socket.ts';
import { AF_INET, SHUT_RDWR, SHUT_WR, SO_ERROR, SO_KEEPALIVE, Socket, socket, SOL_SOCKET } from '../../src/socket.ts';
import * as sys from '../../src/sys.ts';
import { tcpPair } from '../support/socket-pairs.ts';

describe('Socket.close', () => {
  it('may be called twice; then fileno() is -1 and all I/O is EBADF', () => {
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

  it('throws EBADF for an fd closed behind its back, and fileno() is -1', () => {
    const s = socket();
    sys.close(s.fileno());
    assert.throws(
      () => {
        s.close();
      },
      { code: 'EBADF', syscall: 'close' },
    );
    assert.equal(s.fileno(), -1);
    s.close();
  });

  it('is what `using` does at the end of the block', () => {
    let outside: Socket;
    {
      using inside = socket();
      outside = inside;
    }
    assert.equal(outside.fileno(), -1);
  });

  it('detach gives the fd away, open', () => {
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
  it('ends a direction: the peer reads the end, our send is EPIPE', () => {
    using pair = tcpPair();
    pair.client.shutdown(SHUT_WR);
    assert.equal(pair.server.recv(1).length, 0);
    assert.throws(() => pair.client.send(Buffer.from('x')), { name: 'BrokenPipeError', code: 'EPIPE' });
    assert.throws(
      () => {
        pair.client.shutdown(5);
      },
      { code: 'EINVAL' },
    );
    using idle = socket();
    assert.throws(
      () => {
        idle.shutdown(SHUT_RDWR);
      },
      { code: 'ENOTCONN' },
    );
  });
});
