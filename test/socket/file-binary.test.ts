import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { select } from '../../src/select.ts';
import { ends } from '../support/file-ends.ts';

describe('BinaryFile', () => {
  it('reads bytes, lines and the whole rest', () => {
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

  it('peeks at the next bytes without consuming them', () => {
    using pair = ends();
    using file = pair.file.makefile('rb', 4);
    pair.peer.send(Buffer.from('abcdef'));
    const shown = file.peek(1);
    assert.equal(String(shown), 'abcd');
    shown.fill(0);
    assert.equal(String(file.read(3)), 'abc');
    assert.equal(String(file.peek()), 'd');
    assert.equal(String(file.read(3)), 'def');
    pair.peer.close();
    assert.equal(file.peek().length, 0);
  });

  it('reads the bytes of one recv into a buffer', () => {
    using pair = ends();
    using file = pair.file.makefile('rb', 4);
    const buffer = Buffer.alloc(6);
    pair.peer.send(Buffer.from('abcd'));
    assert.deepEqual([file.readinto1(buffer), String(buffer)], [4, 'abcd\0\0']);
    pair.peer.send(Buffer.from('efg'));
    assert.deepEqual([file.readinto1(buffer.subarray(0, 2)), String(buffer)], [2, 'efcd\0\0']);
    assert.deepEqual([file.readinto1(buffer.subarray(0, 3)), String(buffer)], [1, 'gfcd\0\0']);
    pair.file.setblocking(false);
    assert.deepEqual([file.readinto1(buffer), file.readinto1(buffer.subarray(0, 0))], [null, 0]);
  });

  it('leaves in the socket the bytes that read1 was not asked for', () => {
    using pair = ends();
    using file = pair.file.makefile('rb');
    pair.peer.send(Buffer.from('abcdef'));
    assert.equal(String(file.read1(2)), 'ab');
    assert.deepEqual(select([file], [], [], 0), [[file], [], []]);
    assert.equal(String(file.read1()), 'cdef');
    pair.peer.sendall(Buffer.alloc(20_000));
    assert.equal(file.read1(20_000).length, 20_000);
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

  it('keeps the bytes that a non-blocking socket does not accept', () => {
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

  it('returns null, or no bytes, when a non-blocking socket has none', () => {
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

  it('allows only the direction of its mode', () => {
    using pair = ends();
    assert.throws(() => pair.file.makefile('rb').write(Buffer.from('x')), { name: 'OSError', message: 'not writable' });
    assert.throws(() => pair.file.makefile('wb').read(), { name: 'OSError', message: 'not readable' });
    assert.throws(() => pair.file.makefile('w').readline(), { message: 'not readable' });
  });
});
