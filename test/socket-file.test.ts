import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BinaryFile, type Socket, SocketIO, socketpair, TextFile } from '../src/socket.ts';

function ends(): { file: Socket; peer: Socket } & Disposable {
  const [file, peer] = socketpair();
  const dispose = (): void => {
    file.close();
    peer.close();
  };
  return { file, peer, [Symbol.dispose]: dispose };
}

describe('makefile', () => {
  it('makes text by default, bytes with b, and no buffer with 0', () => {
    using pair = ends();
    assert.ok(pair.file.makefile() instanceof TextFile);
    assert.ok(pair.file.makefile('rwb') instanceof BinaryFile);
    assert.ok(pair.file.makefile('rb', 0) instanceof SocketIO);
    const mode = { name: 'RangeError', message: "invalid mode 'x' (only r, w, b allowed)" };
    assert.throws(() => pair.file.makefile('x' as never), mode);
    assert.throws(() => pair.file.makefile('r', 0), { message: 'unbuffered streams must be binary' });
    assert.throws(() => pair.file.makefile('r', -1, { newline: 'x' as never }), /illegal newline value: 'x'/);
  });

  it('keeps the fd open until the last file is closed', () => {
    using pair = ends();
    const first = pair.file.makefile('rb');
    const second = pair.file.makefile('wb');
    pair.file.close();
    const fd = first.fileno();
    assert.match(String(pair.file), new RegExp(`^<socket.socket \\[closed\\] fd=${String(fd)},`));
    first.close();
    second.write(Buffer.from('x'));
    second.close();
    assert.equal(pair.file.fileno(), -1);
    assert.equal(String(pair.peer.recv(10)), 'x');
    assert.equal(pair.peer.recv(10).length, 0);
    assert.throws(() => first.read(), { name: 'RangeError', message: 'I/O operation on closed file.' });
    first.close();
    assert.deepEqual([first.closed, first.name], [true, -1]);
  });

  it('leaves a socket open that was not closed', () => {
    using pair = ends();
    pair.file.makefile('rb').close();
    assert.notEqual(pair.file.fileno(), -1);
  });
});

describe('TextFile', () => {
  it('reads lines however they end, and the rest', () => {
    using pair = ends();
    using file = pair.file.makefile('r');
    pair.peer.sendall(Buffer.from('one\ntwo\r\nthree\rfour'));
    pair.peer.close();
    assert.equal(file.readline(), 'one\n');
    assert.equal(file.readline(2), 'tw');
    assert.deepEqual(file.readlines(), ['o\n', 'three\n', 'four']);
    assert.equal(file.readline(), '');
  });

  it('takes a \\r\\n apart that comes in two reads', () => {
    using pair = ends();
    using file = pair.file.makefile('r');
    pair.file.settimeout(5);
    pair.peer.sendall(Buffer.from('a\nb\r'));
    assert.equal(file.readline(), 'a\n');
    pair.peer.sendall(Buffer.from('\nc'));
    pair.peer.close();
    assert.deepEqual(Array.from(file), ['b\n', 'c']);
  });

  it('keeps or chooses the ends of lines with newline', () => {
    for (const [newline, lines] of [
      ['', ['a\r\n', 'b\r', 'c\n', 'd']],
      ['\n', ['a\r\n', 'b\rc\n', 'd']],
      ['\r', ['a\r', '\nb\r', 'c\nd']],
      ['\r\n', ['a\r\n', 'b\rc\nd']],
    ] as const) {
      using pair = ends();
      using file = pair.file.makefile('r', -1, { newline });
      pair.peer.sendall(Buffer.from('a\r\nb\rc\nd'));
      pair.peer.close();
      assert.deepEqual(file.readlines(), lines, JSON.stringify(newline));
    }
  });

  it('decodes characters that come in parts, and throws for bytes that are none', () => {
    using pair = ends();
    using file = pair.file.makefile('r');
    const bytes = Buffer.from('é');
    pair.peer.sendall(Buffer.concat([Buffer.from('a\n'), bytes.subarray(0, 1)]));
    assert.equal(file.readline(), 'a\n');
    pair.peer.sendall(Buffer.concat([bytes.subarray(1), Buffer.from([0x0a])]));
    assert.equal(file.readline(), 'é\n');
    pair.peer.sendall(Buffer.from([0xff, 0x0a]));
    assert.throws(() => file.readline(), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
    using lenient = pair.file.makefile('r', -1, { errors: 'replace' });
    pair.peer.sendall(Buffer.from([0xff, 0x0a]));
    assert.equal(lenient.readline(), '\ufffd\n');
    using latin1 = pair.file.makefile('r', -1, { encoding: 'latin1' });
    pair.peer.sendall(Buffer.from([0xe9, 0x80, 0x0a]));
    assert.equal(latin1.readline(), 'é\u0080\n');
  });

  it('writes when flushed, with the chosen ends of lines', () => {
    using pair = ends();
    using file = pair.file.makefile('rw', -1, { newline: '\r\n' });
    assert.equal(file.write('ä\n'), 2);
    pair.peer.setblocking(false);
    assert.throws(() => pair.peer.recv(10), { name: 'BlockingIOError' });
    file.flush();
    assert.equal(String(pair.peer.recv(10)), 'ä\r\n');
    const type = { name: 'TypeError', message: 'write() argument must be str, not bytes' };
    assert.throws(() => file.write(Buffer.from('x') as never), type);
  });
});

describe('BinaryFile', () => {
  it('reads bytes, lines and all', () => {
    using pair = ends();
    using file = pair.file.makefile('rb', 4);
    pair.peer.sendall(Buffer.from('abcdefgh\nij\nkl'));
    pair.peer.close();
    assert.equal(String(file.read(3)), 'abc');
    assert.equal(String(file.read1()), 'd');
    assert.equal(String(file.readline(2)), 'ef');
    assert.equal(String(file.readline()), 'gh\n');
    const buffer = Buffer.alloc(3);
    assert.equal(file.readinto(buffer), 3);
    assert.equal(String(buffer), 'ij\n');
    assert.equal(String(file.read()), 'kl');
    assert.deepEqual([file.read()?.length, file.readline().length, file.readlines().length], [0, 0, 0]);
  });

  it('writes when the buffer is full', () => {
    using pair = ends();
    using file = pair.file.makefile('wb', 4);
    pair.peer.setblocking(false);
    file.write(Buffer.from('abc'));
    assert.throws(() => pair.peer.recv(10), { name: 'BlockingIOError' });
    file.write(Buffer.from('de'));
    assert.equal(String(pair.peer.recv(10)), 'abc');
    file.write(Buffer.from('fghijk'));
    assert.equal(String(pair.peer.recv(10)), 'defghijk');
  });

  it('keeps what a non-blocking socket does not take', () => {
    using pair = ends();
    using file = pair.file.makefile('wb');
    pair.file.setblocking(false);
    assert.throws(() => file.write(Buffer.alloc(5_000_000, 'x')), { name: 'BlockingIOError' });
    let got = 0;
    while (got < 5_000_000) {
      got += pair.peer.recv(1_000_000).length;
      try {
        file.flush();
      } catch (error) {
        assert.equal((error as Error).name, 'BlockingIOError');
      }
    }
    assert.equal(got, 5_000_000);
  });

  it('gives null, or nothing, where a non-blocking socket has nothing', () => {
    using pair = ends();
    pair.file.setblocking(false);
    using file = pair.file.makefile('rb');
    assert.equal(file.read(5), null);
    assert.equal(file.readline().length, 0);
    pair.peer.send(Buffer.from('abc'));
    assert.equal(String(file.read(5)), 'abc');
    using raw = pair.file.makefile('rwb', 0);
    assert.equal(raw.read(5), null);
    assert.equal(raw.write(Buffer.from('x')), 1);
    assert.deepEqual([raw.readable(), raw.writable(), raw.seekable(), raw.mode], [true, true, false, 'rwb']);
  });

  it('cannot be read any more after a timeout', () => {
    using pair = ends();
    pair.file.settimeout(0.02);
    using file = pair.file.makefile('rb');
    assert.throws(() => file.readline(), { name: 'TimeoutError', message: 'timed out' });
    assert.throws(() => file.readline(), { name: 'OSError', message: 'cannot read from timed out object' });
  });

  it('does one direction only, unless rw', () => {
    using pair = ends();
    assert.throws(() => pair.file.makefile('rb').write(Buffer.from('x')), { name: 'OSError', message: 'not writable' });
    assert.throws(() => pair.file.makefile('wb').read(), { name: 'OSError', message: 'not readable' });
    assert.throws(() => pair.file.makefile('w').readline(), { message: 'not readable' });
  });
});
