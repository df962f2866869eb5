import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { MessageCopies } from '../../../src/server/framing/message-copies.ts';
import { createFraming, type Framing } from '../../../src/server/framing/framing.ts';

const text = (message: Buffer | undefined): string | undefined => message?.toString();

describe('a decoder', () => {
  it('counts in buffered the bytes that belong to no message that it has returned', () => {
    const decoder = createFraming('line', 100)();
    assert.equal(decoder.buffered, 0);
    decoder.feed(Buffer.from('a\nbc\nd'), 0, 6);
    const counts = [decoder.buffered];
    for (let i = 0; i < 3; i++) {
      decoder.next();
      counts.push(decoder.buffered);
    }
    decoder.keep();
    assert.deepEqual([...counts, decoder.buffered], [6, 4, 1, 1, 1]);
    assert.deepEqual([decoder.end(), decoder.buffered], [undefined, 1]);
  });

  it('does not change the receive buffer, and reads nothing after the end of the bytes', () => {
    const received = Buffer.from('ab\ncd\nef\n');
    const decoder = createFraming('line', 100)();
    decoder.feed(received, 0, 5);
    assert.deepEqual([text(decoder.next()), decoder.next()], ['ab', undefined]);
    decoder.keep();
    decoder.feed(received, 2, 3);
    assert.equal(text(decoder.next()), 'cd');
    assert.equal(received.toString(), 'ab\ncd\nef\n');
  });

  it('goes on after keep with the bytes that it has kept, without a feed', () => {
    const received = Buffer.from('a\nb\nc\n');
    const decoder = createFraming('line', 100)();
    decoder.feed(received, 0, 6);
    assert.equal(text(decoder.next()), 'a');
    decoder.keep();
    received.fill('!');
    assert.deepEqual([text(decoder.next()), text(decoder.next()), decoder.next()], ['b', 'c', undefined]);
  });

  it('shares a copy with other decoders whose bytes are in the same receive buffer, until the buffer is filled again', () => {
    const copies = new MessageCopies();
    const make = createFraming('chunk', 100, copies);
    const decoders = [make(), make()];
    const received = Buffer.from('aaaabbbb');
    const take = (index: number): Buffer => {
      decoders[index]!.feed(received, 4 * index, 4 * index + 4);
      return decoders[index]!.next()!;
    };
    copies.reset(received, 8);
    const messages = [take(0), take(1)];
    assert.equal(messages[1]!.byteOffset - messages[0]!.byteOffset, 4);
    assert.equal(messages[0]!.buffer, messages[1]!.buffer);
    received.fill('c');
    copies.reset(received, 8);
    // No decoder uses the bytes of the first one.
    messages.push(take(1));
    assert.deepEqual(messages.map(text), ['aaaa', 'bbbb', 'cccc']);
  });

  it('accepts an empty feed, and another feed before it has returned all messages', () => {
    const decoder = createFraming('line', 100)();
    decoder.feed(Buffer.alloc(8), 0, 0);
    decoder.feed(Buffer.from('a\nb\nc'), 0, 5);
    decoder.feed(Buffer.from('\nd\n'), 0, 3);
    const messages = Array.from({ length: 5 }, () => text(decoder.next()));
    assert.deepEqual(messages, ['a', 'b', 'c', 'd', undefined]);
  });

  it('returns the whole messages first when end is called early', () => {
    const decoder = createFraming('line', 100)();
    decoder.feed(Buffer.from('a\nb\nc'), 0, 5);
    assert.deepEqual([text(decoder.end()), text(decoder.end()), decoder.end()], ['a', 'b', undefined]);
  });

  it('does not mix its bytes with those of other decoders that are in the middle of a message, too', () => {
    const make = createFraming('line', 1000);
    const received = Buffer.alloc(64);
    const feed = (index: number, bytes: string): void => {
      decoders[index]!.feed(received, 0, received.write(bytes));
    };
    const decoders = Array.from({ length: 20 }, () => make());
    decoders.forEach((decoder, i) => {
      feed(i, `${i}:`);
      decoder.keep();
    });
    decoders.forEach((decoder, i) => {
      feed(i, `a long text from ${i}\nthe next from ${i}\n`);
      assert.equal(text(decoder.next()), `${i}:a long text from ${i}`);
      // Every other decoder keeps its bytes only after the next one was fed. Its bytes were joined, so no receive buffer has them.
      if (i % 2 === 0) decoder.keep();
    });
    assert.deepEqual(
      decoders.map((decoder) => text(decoder.end())),
      decoders.map((_, i) => `the next from ${i}`),
    );
  });
});

describe('createFraming', () => {
  const prefix = (options: object): unknown => ({ kind: 'lengthPrefixed', bytes: 4, ...options });
  const wrong: [framing: unknown, error: string, message: string][] = [
    [
      'lines',
      'RangeError',
      "framing must be one of chunk, line, netstring, octet-counting, eof, delimiter, fixed, lengthPrefixed, not 'lines'",
    ],
    [
      'toString',
      'RangeError',
      "framing must be one of chunk, line, netstring, octet-counting, eof, delimiter, fixed, lengthPrefixed, not 'toString'",
    ],
    [
      {},
      'RangeError',
      'framing must be one of chunk, line, netstring, octet-counting, eof, delimiter, fixed, lengthPrefixed, not undefined',
    ],
    [5, 'TypeError', 'framing must be a name, an object with a kind, or a function, not 5'],
    ['delimiter', 'TypeError', 'delimiter must be a string or a Uint8Array, not undefined'],
    [{ kind: 'delimiter', delimiter: 10 }, 'TypeError', 'delimiter must be a string or a Uint8Array, not 10'],
    [{ kind: 'delimiter', delimiter: '' }, 'RangeError', 'delimiter must be 1 to 64 bytes long, not 0'],
    [{ kind: 'delimiter', delimiter: 'ü'.repeat(33) }, 'RangeError', 'delimiter must be 1 to 64 bytes long, not 66'],
    [{ kind: 'line', stripCr: 'no' }, 'TypeError', "stripCr must be true or false, not 'no'"],
    [{ kind: 'line', keepDelimiter: 1 }, 'TypeError', 'keepDelimiter must be true or false, not 1'],
    ['fixed', 'TypeError', 'length must be a number, not undefined'],
    [{ kind: 'fixed', length: 0 }, 'RangeError', 'length must be an integer from 1 to 1000, not 0'],
    [{ kind: 'fixed', length: 1001 }, 'RangeError', 'length must be an integer from 1 to 1000, not 1001'],
    [{ kind: 'fixed', length: 1.5 }, 'RangeError', 'length must be an integer from 1 to 1000, not 1.5'],
    [prefix({ bytes: 5 }), 'RangeError', 'bytes must be 1, 2, 3, 4 or 8, not 5'],
    [prefix({ bytes: '4' }), 'TypeError', "bytes must be a number, not '4'"],
    [prefix({ littleEndian: 1 }), 'TypeError', 'littleEndian must be true or false, not 1'],
    [prefix({ keepHeader: null, offset: -1 }), 'RangeError', 'offset must be an integer from 0 to 65535, not -1'],
    [prefix({ offset: 65_536 }), 'RangeError', 'offset must be an integer from 0 to 65535, not 65536'],
    [
      prefix({ adjustment: NaN }),
      'RangeError',
      `adjustment must be an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}, not NaN`,
    ],
  ];
  for (const [framing, name, message] of wrong) {
    it(`refuses ${JSON.stringify(framing)}`, () => {
      assert.throws(() => createFraming(framing as Framing, 1000), { name, message });
    });
  }

  for (const limit of [-1, 1.5, NaN]) {
    it(`refuses a limit of ${limit}`, () => {
      const message = `maxMessageBytes must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}, not ${limit}`;
      assert.throws(() => createFraming('line', limit), { name: 'RangeError', message });
    });
  }

  it('accepts a delimiter as bytes, and copies them', () => {
    const delimiter = Uint8Array.of(0, 255);
    const decoder = createFraming({ kind: 'delimiter', delimiter }, 100)();
    delimiter.fill(1);
    decoder.feed(Buffer.from([7, 0, 255]), 0, 3);
    assert.deepEqual(decoder.next(), Buffer.from([7]));
  });
});
