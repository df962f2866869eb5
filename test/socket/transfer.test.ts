import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import {
  AF_INET,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
  SOL_SOCKET,
} from '../../src/socket.ts';
import { inet, tcpPair, unusedAddress } from '../support/socket-pairs.ts';

function udp(): Socket {
  const s = socket(AF_INET, SOCK_DGRAM);
  s.bind(['127.0.0.1', 0]);
  return s;
}

describe('recv', () => {
  it('returns bytes that the next recv does not overwrite, and does not keep a large buffer for few bytes', () => {
    using pair = tcpPair();
    pair.client.sendall(Buffer.from('first'));
    const first = pair.server.recv(65536);
    pair.client.sendall(Buffer.from('other'));
    const second = pair.server.recv(65536);
    assert.deepEqual([String(first), String(second)], ['first', 'other']);
    assert.ok(first.buffer.byteLength <= Buffer.poolSize);
  });

  it('accepts sizes beyond the scratch buffer', () => {
    using pair = tcpPair();
    const data = Buffer.alloc(300_000, 'abcdefg');
    pair.server.setblocking(false);
    pair.server.send(data.subarray(0, 100_000));
    let got = 0;
    while (got < 100_000) {
      const part = pair.client.recv(1_000_000);
      assert.deepEqual(part, data.subarray(got, got + part.length));
      got += part.length;
    }
  });

  it('peeks and reads urgent bytes', () => {
    using pair = tcpPair();
    pair.client.send(Buffer.from('!'), MSG_OOB);
    pair.client.sendall(Buffer.from('abc'));
    assert.equal(String(pair.server.recv(2, MSG_PEEK)), 'ab');
    assert.equal(String(pair.server.recv(1, MSG_OOB)), '!');
    assert.equal(String(pair.server.recv(10)), 'abc');
  });

  it('returns only the stored bytes with MSG_TRUNC; recvInto returns the whole length', () => {
    using receiver = udp();
    using sender = udp();
    for (let i = 0; i < 3; i++) sender.sendto(Buffer.from('datagram'), inet(receiver.getsockname()));
    assert.equal(String(receiver.recv(4, MSG_TRUNC)), 'data');
    assert.equal(String(receiver.recvfrom(4, MSG_TRUNC)[0]), 'data');
    const buffer = Buffer.alloc(4);
    assert.equal(receiver.recvInto(buffer, 0, MSG_TRUNC), 8);
    assert.equal(String(buffer), 'data');
  });

  it('throws ConnectionResetError once for an RST', () => {
    using pair = tcpPair();
    pair.server.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer));
    pair.server.close();
    assert.throws(() => pair.client.recv(1), { name: 'ConnectionResetError', code: 'ECONNRESET', errno: -104 });
    assert.equal(pair.client.recv(1).length, 0);
  });

  it('throws for sizes out of range', () => {
    using s = socket();
    assert.throws(() => s.recvfrom(-1), { name: 'RangeError', message: 'negative buffersize in recvfrom' });
    assert.throws(() => s.recv(2 ** 63), { message: 'Python int too large to convert to C ssize_t' });
    assert.throws(() => s.recv(1, 2 ** 31), { message: 'signed integer is greater than maximum' });
    assert.throws(() => s.recv(1.5), { message: "'float' object cannot be interpreted as an integer" });
  });
});

describe('recvInto and recvfromInto', () => {
  it('fill the start of a buffer and return the number of bytes', () => {
    using pair = tcpPair();
    pair.client.sendall(Buffer.from('abcdef'));
    const buffer = Buffer.from('........');
    assert.equal(pair.server.recvInto(buffer, 2), 2);
    assert.equal(String(buffer), 'ab......');
    assert.deepEqual(pair.server.recvfromInto(buffer.subarray(4)), [4, null]);
    assert.equal(String(buffer), 'ab..cdef');
  });

  it('throw for a buffer that is too small', () => {
    using s = socket();
    const buffer = Buffer.alloc(3);
    assert.throws(() => s.recvInto(buffer, 4), { name: 'RangeError', message: 'buffer too small for requested bytes' });
    assert.throws(() => s.recvInto(buffer, -1), { message: 'negative buffersize in recv_into' });
    assert.throws(() => s.recvfromInto(buffer, -1), { message: 'negative buffersize in recvfrom_into' });
    const tooMany = { name: 'RangeError', message: 'nbytes is greater than the length of the buffer' };
    assert.throws(() => s.recvfromInto(buffer, 4), tooMany);
    const notBuffer = 'recv_into() argument 1 must be read-write bytes-like object, not str';
    assert.throws(() => s.recvInto('x' as never), { name: 'TypeError', message: notBuffer });
    assert.throws(() => s.recvfromInto(null as never), /must be read-write bytes-like object, not None/);
  });
});

describe('send', () => {
  it('returns the number of bytes; accepts any Uint8Array but no string', () => {
    using pair = tcpPair();
    assert.equal(pair.client.send(new Uint8Array([104, 105])), 2);
    assert.equal(pair.client.send(Buffer.alloc(0)), 0);
    assert.equal(String(pair.server.recv(10)), 'hi');
    const notBytes = { name: 'TypeError', message: "a bytes-like object is required, not 'str'" };
    assert.throws(() => pair.client.send('x' as never), notBytes);
    assert.throws(() => {
      pair.client.sendall('x' as never);
    }, notBytes);
    assert.throws(() => pair.client.send([1] as never), /bytes-like object is required, not 'list'/);
  });

  it('throws EPIPE when the peer has closed', () => {
    using pair = tcpPair();
    pair.server.close();
    pair.client.send(Buffer.from('x'));
    assert.throws(
      () => {
        for (;;) pair.client.send(Buffer.from('x'));
      },
      { name: 'BrokenPipeError', errno: -32 },
    );
  });

  it('sendall throws on a non-blocking socket after it has sent a part', () => {
    const [one, other] = socketpair();
    one.setblocking(false);
    assert.throws(
      () => {
        one.sendall(Buffer.alloc(10_000_000));
      },
      { name: 'BlockingIOError', code: 'EAGAIN' },
    );
    assert.ok(other.recv(1000).length > 0);
    one.close();
    other.close();
  });
});

describe('sendto and recvfrom', () => {
  it('send and receive datagrams with their sender, including empty ones, with flags and without', () => {
    using receiver = udp();
    using sender = udp();
    const address = inet(receiver.getsockname());
    assert.equal(sender.sendto(Buffer.from('one'), address), 3);
    assert.equal(sender.sendto(Buffer.alloc(0), 0, address), 0);
    assert.deepEqual(receiver.recvfrom(100), [Buffer.from('one'), sender.getsockname()]);
    assert.deepEqual(receiver.recvfrom(100), [Buffer.alloc(0), sender.getsockname()]);
  });

  it('return no sender on a connected stream', () => {
    using pair = tcpPair();
    pair.client.sendall(Buffer.from('x'));
    assert.deepEqual(pair.server.recvfrom(10), [Buffer.from('x'), null]);
  });

  it('throw ConnectionRefusedError on a connected socket whose peer is gone', () => {
    using s = udp();
    s.connect(unusedAddress());
    s.send(Buffer.from('x'));
    assert.throws(() => s.recv(1), { name: 'ConnectionRefusedError', code: 'ECONNREFUSED' });
  });

  it('accept 2 or 3 arguments', () => {
    using s = udp();
    const loose = s as unknown as { sendto(...args: unknown[]): number };
    assert.throws(() => loose.sendto(Buffer.alloc(1)), { message: 'sendto() takes 2 or 3 arguments (1 given)' });
    assert.throws(() => loose.sendto('x', ['127.0.0.1', 9]), /bytes-like object is required, not 'str'/);
    assert.throws(() => loose.sendto(Buffer.alloc(1), 'a', ['127.0.0.1', 9]), /cannot be interpreted as an integer/);
  });
});

describe('sendfile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-'));
  const path = join(folder, 'data');
  writeFileSync(path, 'abcdefghij');

  it('sends a file, a part of it, and nothing after its end', () => {
    const fd = openSync(path, 'r');
    using pair = tcpPair();
    assert.equal(pair.client.sendfile(fd), 10);
    assert.equal(pair.client.sendfile({ fileno: () => fd }, 2, 3), 3);
    pair.client.settimeout(5);
    assert.equal(pair.client.sendfile(fd, 8), 2);
    assert.equal(pair.client.sendfile(fd, 50), 0);
    pair.client.close();
    let text = '';
    for (let part = pair.server.recv(100); part.length > 0; part = pair.server.recv(100)) text += String(part);
    assert.equal(text, 'abcdefghijcdeij');
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('throws for invalid counts, sockets and files', () => {
    using pair = tcpPair();
    const message = 'count must be a positive integer (got 0)';
    assert.throws(() => pair.client.sendfile(0, 0, 0), { name: 'RangeError', message });
    assert.throws(() => pair.client.sendfile(0, 0, 1.5), { name: 'TypeError' });
    assert.throws(() => pair.client.sendfile(999_999), { code: 'EBADF' });
    using datagram = socket(AF_INET, SOCK_DGRAM);
    assert.equal(datagram.type & SOCK_STREAM, 0);
    assert.throws(() => datagram.sendfile(0), { message: 'only SOCK_STREAM type sockets are supported' });
    const fd = openSync(process.execPath, 'r');
    pair.client.setblocking(false);
    assert.throws(() => pair.client.sendfile(fd), { message: 'non-blocking sockets are not supported' });
    closeSync(fd);
  });
});
