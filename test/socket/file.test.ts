import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BinaryFile, type Socket, SocketIO, TextFile } from '../../src/socket.ts';
import { ends } from '../support/file-ends.ts';

describe('makefile', () => {
  it('returns a TextFile by default, a BinaryFile with b, and a SocketIO with buffering 0', () => {
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
    assert.match(String(pair.file), new RegExp(`^<socket.socket \\[closed\\] fd=${fd},`));
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

  it('does not close a socket that is still open', () => {
    using pair = ends();
    pair.file.makefile('rb').close();
    assert.notEqual(pair.file.fileno(), -1);
  });
});

describe('read', () => {
  it('throws for a size that does not fit into 64 bits', () => {
    using pair = ends();
    pair.file.settimeout(1);
    const tooLarge = { name: 'RangeError', message: "cannot fit 'int' into an index-sized integer" };
    using text = pair.file.makefile('r');
    using bytes = pair.file.makefile('rb');
    for (const file of [text, bytes]) {
      for (const size of [2 ** 63, -(2 ** 63) - 2048]) assert.throws(() => file.read(size), tooLarge, String(size));
    }
  });
});

describe('every file', () => {
  const makers: ((sock: Socket) => SocketIO | BinaryFile | TextFile)[] = [
    (sock) => sock.makefile('rwb', 0),
    (sock) => sock.makefile('rwb'),
    (sock) => sock.makefile('rw'),
  ];

  it('is not a terminal and has no position; once closed, it throws', () => {
    for (const make of makers) {
      using pair = ends();
      const file = make(pair.file);
      assert.deepEqual([file.isatty(), file.seekable(), file.name], [false, false, pair.file.fileno()]);
      file.close();
      const closed = { name: 'RangeError', message: 'I/O operation on closed file.' };
      for (const name of ['isatty', 'seekable', 'readlines', 'readline', 'flush'] as const) {
        assert.throws(() => file[name](), closed, name);
      }
      assert.throws(() => Array.from<unknown>(file), closed);
      assert.throws(() => {
        file.writelines([]);
      }, closed);
    }
  });

  it('stops after the line that exceeds the hint, and continues with the next one', () => {
    for (const make of makers) {
      using pair = ends();
      using file = make(pair.file);
      pair.peer.sendall(Buffer.from('ab\ncd\nef\ngh\n'));
      pair.peer.close();
      assert.deepEqual(file.readlines(3).map(String), ['ab\n', 'cd\n']);
      for (const line of file) {
        assert.equal(String(line), 'ef\n');
        break;
      }
      assert.deepEqual(file.readlines(0).map(String), ['gh\n']);
      const type = { name: 'TypeError', message: "argument should be integer or None, not 'str'" };
      assert.throws(() => file.readlines('1' as never), type);
    }
  });

  it('writes each line before it takes the next one from the iterable', () => {
    using pair = ends();
    using file = pair.file.makefile('wb', 0);
    function* lines(): Generator<Buffer> {
      yield Buffer.from('a');
      assert.equal(String(pair.peer.recv(10)), 'a');
      yield Buffer.from('b\n');
    }
    file.writelines(lines());
    assert.equal(String(pair.peer.recv(10)), 'b\n');
    const type = { name: 'TypeError', message: "'NoneType' object is not iterable" };
    assert.throws(() => {
      file.writelines(null as never);
    }, type);
  });
});

describe('SocketIO', () => {
  it('reads one line and leaves the rest in the socket', () => {
    using pair = ends();
    using file = pair.file.makefile('rb', 0);
    pair.peer.send(Buffer.from('ab\ncdef'));
    assert.equal(String(file.readline()), 'ab\n');
    assert.equal(String(file.readline(2)), 'cd');
    assert.equal(String(pair.file.recv(10)), 'ef');
    pair.peer.sendall(Buffer.from('gh'));
    pair.peer.close();
    assert.equal(String(file.readall()), 'gh');
    assert.equal(file.readline().length, 0);
  });

  it('throws when a non-blocking socket has no whole line yet', () => {
    using pair = ends();
    pair.file.setblocking(false);
    using file = pair.file.makefile('rb', 0);
    assert.equal(file.readall(), null);
    pair.peer.send(Buffer.from('ab'));
    const none = { name: 'OSError', message: "read() should have returned a bytes object, not 'NoneType'" };
    assert.throws(() => file.readline(), none);
    assert.equal(file.read(10), null);
  });
});

describe('TextFile', () => {
  it('reads lines with any line end, and the rest', () => {
    using pair = ends();
    using file = pair.file.makefile('r');
    pair.peer.sendall(Buffer.from('one\ntwo\r\nthree\rfour'));
    pair.peer.close();
    assert.equal(file.readline(), 'one\n');
    assert.equal(file.readline(2), 'tw');
    assert.deepEqual(file.readlines(), ['o\n', 'three\n', 'four']);
    assert.equal(file.readline(), '');
  });

  it('recognizes a \\r\\n that arrives in two reads', () => {
    using pair = ends();
    using file = pair.file.makefile('r');
    pair.file.settimeout(5);
    pair.peer.sendall(Buffer.from('a\nb\r'));
    assert.equal(file.readline(), 'a\n');
    pair.peer.sendall(Buffer.from('\nc'));
    pair.peer.close();
    assert.deepEqual(Array.from(file), ['b\n', 'c']);
  });

  it('keeps or translates line ends as newline says', () => {
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

  it('decodes characters that arrive in parts, and throws for invalid bytes', () => {
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

  it('reports how it was made and which line ends it has read', () => {
    using pair = ends();
    using file = pair.file.makefile('r');
    assert.deepEqual([file.encoding, file.errors, file.lineBuffering, file.newlines], ['UTF-8', 'strict', false, null]);
    pair.peer.send(Buffer.from('a\nb\r'));
    file.readline();
    assert.equal(file.newlines, '\n');
    pair.peer.send(Buffer.from('\nc\n'));
    assert.equal(file.readline(), 'b\n');
    assert.deepEqual(file.newlines, ['\n', '\r\n']);
    using latin1 = pair.file.makefile('r', -1, { encoding: 'ISO-8859-1', errors: 'replace', newline: '\r' });
    pair.peer.send(Buffer.from('d\r'));
    assert.equal(latin1.readline(), 'd\r');
    assert.deepEqual([latin1.encoding, latin1.errors, latin1.newlines], ['ISO-8859-1', 'replace', null]);
  });

  it('sends on flush, with the line ends of newline', () => {
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
