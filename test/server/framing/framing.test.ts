import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { createFraming } from '../../../src/server/framing/framing.ts';
import { arrivals, atOnce, decode, pieces } from '../../support/framing.ts';
import { bytes, kinds } from '../../support/framing-kinds.ts';

const MAX = 210;
const latin1 = (messages: Buffer[]): string[] => messages.map((message) => message.toString('latin1'));

for (const [name, { framing, message, encode, wholeFrame = false }] of Object.entries(kinds)) {
  describe(name, () => {
    it('returns the same messages however the bytes are split', () => {
      fc.assert(
        fc.property(fc.array(message, { maxLength: 30 }), arrivals, (messages, arrival) => {
          const frames = messages.map(encode);
          const expected = latin1(wholeFrame ? frames : messages);
          const outcome = decode(framing, MAX, Buffer.concat(frames), arrival);
          assert.deepEqual(outcome, { messages: expected, refused: undefined, rest: 0 });
        }),
      );
    });

    it('returns the messages before one that is cut off, and counts the rest', () => {
      fc.assert(
        fc.property(
          fc.array(message, { maxLength: 3 }),
          message,
          fc.nat(),
          arrivals,
          (messages, last, cut, arrival) => {
            const whole = encode(last);
            const rest = whole.subarray(0, cut % whole.length);
            const frames = messages.map(encode);
            const outcome = decode(framing, MAX, Buffer.concat([...frames, rest]), arrival);
            const expected = latin1(wholeFrame ? frames : messages);
            assert.deepEqual(outcome, { messages: expected, refused: undefined, rest: rest.length });
          },
        ),
      );
    });

    it('returns the same messages and at most one FramingError for any bytes, however they are split', () => {
      fc.assert(
        fc.property(bytes(0, 100), fc.integer({ min: 7, max: 20 }), arrivals, (stream, limit, arrival) => {
          const outcome = decode(framing, limit, stream, arrival);
          assert.deepEqual(outcome, decode(framing, limit, stream, atOnce));
          for (const text of outcome.messages) assert.ok(text.length <= limit);
        }),
        { numRuns: 300 },
      );
    });
  });
}

describe('line', () => {
  it('splits any bytes at newlines', () => {
    fc.assert(
      fc.property(bytes(0, 1000), arrivals, (stream, arrival) => {
        const lines = stream.toString('latin1').split('\n');
        const rest = lines.pop()!.length;
        const messages = lines.map((text) => text.replace(/\r$/, ''));
        assert.deepEqual(decode('line', 0, stream, arrival), { messages, refused: undefined, rest });
      }),
    );
  });
});

describe('chunk', () => {
  it('returns the bytes of each feed', () => {
    fc.assert(
      fc.property(bytes(0, 400), arrivals, (stream, arrival) => {
        const { messages, refused, rest } = decode('chunk', 400, stream, arrival);
        const sizes = pieces(stream, arrival).map((piece) => piece.length);
        assert.deepEqual([messages.join(''), refused, rest], [stream.toString('latin1'), undefined, 0]);
        assert.deepEqual(
          messages.map((text) => text.length),
          sizes,
        );
      }),
    );
  });

  it('splits a feed that is longer than the limit', () => {
    const outcome = decode('chunk', 3, Buffer.from('abcdefgh'), atOnce);
    assert.deepEqual(outcome, { messages: ['abc', 'def', 'gh'], refused: undefined, rest: 0 });
  });

  it('is the default', () => {
    const decoder = createFraming(undefined, 0)();
    decoder.feed(Buffer.from('abc'), 0, 2);
    assert.deepEqual([decoder.next(), decoder.next(), decoder.end()], [Buffer.from('ab'), undefined, undefined]);
  });
});

describe('eof', () => {
  it('returns all bytes as one message when the peer has closed, and none when there are no bytes', () => {
    fc.assert(
      fc.property(bytes(0, 2000), arrivals, (stream, arrival) => {
        const outcome = decode('eof', 2000, stream, arrival);
        assert.deepEqual(outcome.messages, stream.length > 0 ? [stream.toString('latin1')] : []);
        assert.equal(outcome.rest, 0);
      }),
    );
  });
});
