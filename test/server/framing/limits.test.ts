import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createFraming, type Framing, FramingError, type FramingReason } from '../../../src/server/framing/framing.ts';
import { type Arrival, atOnce, decode } from '../../support/framing.ts';

const byteByByte: Arrival = { sizes: [1], pauses: [false] };

const prefix = (bytes: 1 | 2 | 3 | 4 | 8): Framing => ({ kind: 'lengthPrefixed', bytes });

function decodeText(framing: Framing, maxMessageBytes: number, text: string): unknown {
  const stream = Buffer.from(text, 'latin1');
  const outcome = decode(framing, maxMessageBytes, stream, atOnce);
  assert.deepEqual(decode(framing, maxMessageBytes, stream, byteByByte), outcome);
  return outcome;
}

const refused = (reason: FramingReason, ...messages: string[]): unknown => ({ messages, refused: reason, rest: 0 });
const passed = (...messages: string[]): unknown => ({ messages, refused: undefined, rest: 0 });

describe('a limit of 5 bytes', () => {
  // A stream whose message has exactly 5 bytes, one whose message has 6 bytes, and the message of the first stream.
  const cases: [framing: Framing, exact: string, over: string, message: string][] = [
    ['line', 'hello\n', 'hello!\n', 'hello'],
    ['line', 'hello\r\n', 'hello!\r\n', 'hello'],
    [{ kind: 'line', stripCr: false }, 'hell\r\n', 'hello\r', 'hell\r'],
    [{ kind: 'line', keepDelimiter: true }, 'hell\n', 'hello\n', 'hell\n'],
    [{ kind: 'delimiter', delimiter: '|=|', keepDelimiter: true }, 'he|=|', 'hello|', 'he|=|'],
    [{ kind: 'delimiter', delimiter: '|' }, 'hello|', 'hello!', 'hello'],
    [{ kind: 'delimiter', delimiter: '|=|' }, 'hello|=|', 'hello!|=|', 'hello'],
    [{ kind: 'delimiter', delimiter: '|=|' }, 'hello|=|', 'hello!|=', 'hello'],
    [prefix(1), '\x05hello', '\x06', 'hello'],
    [prefix(2), '\0\x05hello', '\0\x06', 'hello'],
    [prefix(4), '\0\0\0\x05hello', '\0\0\0\x06', 'hello'],
    [prefix(8), '\0\0\0\0\0\0\0\x05hello', '\0\0\0\0\0\0\0\x06', 'hello'],
    [{ kind: 'lengthPrefixed', bytes: 1, adjustment: 2 }, '\x03hello', '\x04', 'hello'],
    [{ kind: 'lengthPrefixed', bytes: 1, adjustment: -1 }, '\x06hello', '\x07', 'hello'],
    [{ kind: 'lengthPrefixed', bytes: 1, keepHeader: true }, '\x04hell', '\x05', '\x04hell'],
    ['netstring', '5:hello,', '6', 'hello'],
    ['octet-counting', '5 hello', '6', 'hello'],
    ['octet-counting', '<hell\n', '<hello', '<hell'],
    ['eof', 'hello', 'hello!', 'hello'],
    [(bytes, atEnd) => (atEnd ? bytes.length : undefined), 'hello', 'hello!', 'hello'],
    [(bytes) => bytes[0]! - 96, 'ehell', 'f', 'ehell'],
  ];
  for (const [framing, exact, over, message] of cases) {
    const name = typeof framing === 'function' ? 'a function' : JSON.stringify(framing);
    it(`accepts ${JSON.stringify(exact)} and refuses ${JSON.stringify(over)}, with ${name}`, () => {
      assert.deepEqual(decodeText(framing, 5, exact), passed(message));
      assert.deepEqual(decodeText(framing, 5, over), refused('too-large'));
    });
  }

  it('refuses a message without a newline as soon as it is too long', () => {
    const decoder = createFraming('line', 5)();
    decoder.feed(Buffer.from('hello'), 0, 5);
    assert.equal(decoder.next(), undefined);
    decoder.keep();
    decoder.feed(Buffer.from('!'), 0, 1);
    assert.throws(() => decoder.next(), { name: 'FramingError', reason: 'too-large' });
  });
});

describe('a declared length', () => {
  const huge: [framing: Framing, header: string][] = [
    [prefix(4), '\xff\xff\xff\xff'],
    [prefix(8), '\0\0\0\x01\0\0\0\0'],
    [prefix(8), '\x80\0\0\0\0\0\0\0'],
    [prefix(8), '\xff\xff\xff\xff\xff\xff\xff\xff'],
    [{ kind: 'lengthPrefixed', bytes: 8, adjustment: Number.MIN_SAFE_INTEGER }, '\x00\x20\0\0\0\0\0\x01'],
    [{ kind: 'lengthPrefixed', bytes: 8, littleEndian: true }, '\0\0\0\0\0\0\0\x80'],
    ['netstring', '4294967296:'],
    ['netstring', '9'.repeat(400)],
    ['octet-counting', '18446744073709551616 '],
    [() => 2 ** 40, 'x'],
  ];
  for (const limit of [0, 65_536]) {
    for (const [framing, header] of huge) {
      const name = typeof framing === 'function' ? 'a function' : JSON.stringify(framing);
      it(`is refused when it is huge, with a limit of ${limit}: ${JSON.stringify(header.slice(0, 30))}, ${name}`, () => {
        assert.deepEqual(decodeText(framing, limit, header), refused('too-large'));
      });
    }
  }
});

describe('malformed bytes', () => {
  const cases: [framing: Framing, stream: string, ...before: string[]][] = [
    ['netstring', ':'],
    ['netstring', ','],
    ['netstring', '-1:'],
    ['netstring', '+1:'],
    ['netstring', ' 1:'],
    ['netstring', '00:'],
    ['netstring', '01:a,'],
    ['netstring', '1x'],
    ['netstring', '0x10:'],
    ['netstring', '1 :'],
    ['netstring', '1:ab'],
    ['netstring', '0:x'],
    ['netstring', '1:a,\n', 'a'],
    ['netstring', '\0'],
    ['octet-counting', '0'],
    ['octet-counting', '05 hello'],
    ['octet-counting', ' '],
    ['octet-counting', '5:'],
    ['octet-counting', '1 a\n', 'a'],
    ['octet-counting', '<a\n\n', '<a'],
    ['octet-counting', 'hello\n'],
    [{ kind: 'lengthPrefixed', bytes: 1, adjustment: -1 }, '\0'],
    [{ kind: 'lengthPrefixed', bytes: 2, offset: 2, adjustment: -4 }, 'xx\0\x04xx\0\x03', ''],
    [
      () => {
        throw new FramingError('malformed', 'not ours');
      },
      'x',
    ],
  ];
  for (const [framing, stream, ...before] of cases) {
    const name = typeof framing === 'function' ? 'a function that throws' : JSON.stringify(framing);
    it(`are refused: ${JSON.stringify(stream)}, ${name}`, () => {
      assert.deepEqual(decodeText(framing, 100, stream), refused('malformed', ...before));
    });
  }

  it('make an error that names the expected and the actual byte', () => {
    const decoder = createFraming('netstring', 100)();
    decoder.feed(Buffer.from('5 hello'), 0, 7);
    assert.throws(() => decoder.next(), { message: "netstring: expected a digit or ':', found 0x20" });
  });

  it('are refused in every call, after the messages before them, and nothing is added to them', () => {
    const decoder = createFraming('netstring', 100)();
    decoder.feed(Buffer.from('1:a,1:b,x1:c,'), 0, 13);
    assert.deepEqual([decoder.next(), decoder.next()], [Buffer.from('a'), Buffer.from('b')]);
    const errors = [() => decoder.next(), () => decoder.next(), () => decoder.end()].map((take) => {
      decoder.keep();
      decoder.feed(Buffer.from('1:d,'), 0, 4);
      try {
        return take();
      } catch (error) {
        return error;
      }
    });
    assert.ok(errors[0] instanceof FramingError);
    assert.ok(errors.every((error) => error === errors[0]));
    assert.equal(decoder.buffered, 9);
  });
});

describe('a framing function', () => {
  it('is called with all bytes of the frame, and only when as many have arrived as it asked for', () => {
    const seen: string[] = [];
    const framing: Framing = (bytes, atEnd) => {
      seen.push(`${bytes.toString()}${atEnd ? '$' : ''}`);
      return bytes.length < 2 ? undefined : 4;
    };
    assert.deepEqual(decode(framing, 10, Buffer.from('abcdef'), byteByByte), {
      messages: ['abcd'],
      refused: undefined,
      rest: 2,
    });
    assert.deepEqual(seen, ['a', 'ab', 'abcd', 'e', 'ef', 'ef$']);
  });

  it('may find several messages in the last bytes', () => {
    const framing: Framing = (_, atEnd) => (atEnd ? 2 : undefined);
    assert.deepEqual(decode(framing, 10, Buffer.from('abcde'), byteByByte), {
      messages: ['ab', 'cd'],
      refused: undefined,
      rest: 1,
    });
  });

  it('ends the decoding with the error that it throws', () => {
    const thrown = new Error('a mistake');
    const decoder = createFraming(() => {
      throw thrown;
    }, 10)();
    decoder.feed(Buffer.from('a'), 0, 1);
    for (let i = 0; i < 2; i++) assert.throws(() => decoder.next(), thrown);
  });

  const extent = (start: number, end: number, length: number): unknown => ({ start, end, length });
  const wrong: unknown[] = [
    0,
    -1,
    1.5,
    NaN,
    Infinity,
    null,
    'a',
    true,
    {},
    Promise.resolve(1),
    extent(0, 0, 0),
    extent(2, 1, 3),
    extent(0, 4, 3),
    extent(-1, 1, 3),
  ];
  for (const value of wrong) {
    it(`must not return ${typeof value} ${JSON.stringify(value)}`, () => {
      const decoder = createFraming(() => value as number, 10)();
      decoder.feed(Buffer.from('a'), 0, 1);
      for (let i = 0; i < 2; i++)
        assert.throws(() => decoder.next(), { name: 'TypeError', message: /^framing function/ });
      assert.equal(decoder.buffered, 1);
    });
  }
});
