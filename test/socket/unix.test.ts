import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, socket } from '../../src/socket.ts';
import { bound, temporaryFolder } from '../support/socket-pairs.ts';

const folder = temporaryFolder();

describe('AF_UNIX address', () => {
  it("is '' for an unbound socket", () => {
    using s = socket(AF_UNIX);
    assert.equal(s.getsockname(), '');
  });

  it('is a path for stream, datagram and seqpacket', () => {
    for (const type of [SOCK_STREAM, SOCK_SEQPACKET]) {
      const path = join(folder, `listener-${type}`);
      using listener = socket(AF_UNIX, type);
      listener.bind(path);
      listener.listen();
      assert.equal(listener.getsockname(), path);
      using client = socket(AF_UNIX, type);
      client.connect(Buffer.from(path));
      const [accepted, address] = listener.accept();
      using server = accepted;
      assert.deepEqual([address, client.getpeername(), server.type], ['', path, type]);
      client.sendall(Buffer.from('one'));
      assert.equal(String(server.recv(10)), 'one');
    }
  });

  it('keeps the messages of a seqpacket apart', () => {
    using listener = socket(AF_UNIX, SOCK_SEQPACKET);
    listener.bind(`\0tripoll-seq-${process.pid}`);
    listener.listen();
    using client = socket(AF_UNIX, SOCK_SEQPACKET);
    client.connect(listener.getsockname() as Buffer);
    using server = listener.accept()[0];
    for (const message of ['one', 'two']) client.sendall(Buffer.from(message));
    assert.deepEqual([String(server.recv(10)), String(server.recv(10))], ['one', 'two']);
  });

  it('returns an abstract name as a Buffer, which connect accepts', () => {
    const name = Buffer.from(`\0tripoll-${process.pid}\0\xff`, 'latin1');
    using receiver = socket(AF_UNIX, SOCK_DGRAM);
    receiver.bind(name);
    assert.deepEqual(receiver.getsockname(), name);
    using sender = socket(AF_UNIX, SOCK_DGRAM);
    assert.equal(sender.sendto(Buffer.from('x'), receiver.getsockname() as Buffer), 1);
    assert.deepEqual(receiver.recvfrom(10), [Buffer.from('x'), null]);
    sender.bind('');
    sender.sendto(Buffer.from('y'), name);
    assert.deepEqual(receiver.recvfrom(10)[1], sender.getsockname());
  });

  it('returns a path that is not UTF-8 as a Buffer', () => {
    const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
    assert.deepEqual(bound(AF_UNIX, path), path);
  });

  it('throws if it is too long or not bytes', () => {
    using s = socket(AF_UNIX);
    const tooLong = { name: 'OSError', message: 'AF_UNIX path too long', errno: undefined };
    assert.throws(() => {
      s.connect('x'.repeat(108));
    }, tooLong);
    assert.throws(() => {
      s.connect(`\0${'x'.repeat(108)}`);
    }, tooLong);
    assert.throws(
      () => {
        s.connect(`\0${'x'.repeat(107)}`);
      },
      { name: 'ConnectionRefusedError' },
    );
    assert.throws(
      () => {
        s.connect('/nonexistent/x');
      },
      { name: 'FileNotFoundError', code: 'ENOENT' },
    );
    const notBytes = { name: 'TypeError', message: "a bytes-like object is required, not 'NoneType'" };
    assert.throws(() => {
      s.connect(null as never);
    }, notBytes);
    assert.throws(
      () => {
        s.connect('/\ud800');
      },
      { name: 'RangeError' },
    );
  });
});
