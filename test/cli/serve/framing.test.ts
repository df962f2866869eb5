import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { framingEncoder } from '../../../src/cli/serve/framing-encoder.ts';
import { framingForms, lengthPrefixedSuffixes, parseFraming } from '../../../src/cli/serve/framing-option.ts';
import { createFraming } from '../../../src/server/framing/framing.ts';

describe('parseFraming', () => {
  for (const [text, framing] of [
    ['chunk', 'chunk'],
    ['line:keep-cr', { kind: 'line', stripCr: false }],
    ['delimiter:,:', { kind: 'delimiter', delimiter: Buffer.from(',:') }],
    ['delimiter:\\r\\n\\0\\t\\\\\\xfF', { kind: 'delimiter', delimiter: Buffer.from('\r\n\0\t\\\xff', 'latin1') }],
    ['delimiter:§', { kind: 'delimiter', delimiter: Buffer.from('§') }],
    ['fixed:64', { kind: 'fixed', length: 64 }],
    ['length-prefixed:4', { kind: 'lengthPrefixed', bytes: 4 }],
    [
      'length-prefixed:2,keep-header,little-endian,offset=3,adjustment=-5',
      { kind: 'lengthPrefixed', bytes: 2, keepHeader: true, littleEndian: true, offset: 3, adjustment: -5 },
    ],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseFraming(text), framing);
    });
  }

  for (const text of [
    ...['', 'Line', 'line:', 'chunk:1', 'fixed', 'fixed:0', 'fixed:1.5', 'netstring:1', 'constructor'],
    ...['delimiter', 'delimiter:', 'delimiter:\\', 'delimiter:\\x1', 'delimiter:\\N', `delimiter:${'x'.repeat(65)}`],
    ...['length-prefixed', 'length-prefixed:5', 'length-prefixed:4,', 'length-prefixed:4,offset=-1'],
    ...['length-prefixed:4,offset', 'length-prefixed:4,big-endian'],
  ]) {
    it(`refuses '${text}'`, () => {
      assert.equal(parseFraming(text), undefined);
    });
  }

  it('parses every form of the help', () => {
    const examples = { TEXT: '\\n', BYTES: '4', N: '2' };
    const suffixed = Object.keys(lengthPrefixedSuffixes).map((suffix) => `length-prefixed:2${suffix}`);
    for (const form of [...Object.keys(framingForms), ...suffixed]) {
      const text = form.replace(/TEXT|BYTES|N$/, (word) => examples[word as 'N']);
      assert.ok(parseFraming(text), form);
    }
  });
});

describe('framingEncoder', () => {
  const messages = ['hello', 'x', 'a longer message'].map((text) => Buffer.from(text));
  for (const text of [
    ...['line', 'line:keep-cr', 'delimiter:\\0', 'delimiter:\\r\\n', 'netstring', 'octet-counting'],
    ...['1', '2', '3', '4', '8'].flatMap((bytes) =>
      ['', ',little-endian', ',adjustment=-1', ',adjustment=1'].map((rest) => `length-prefixed:${bytes}${rest}`),
    ),
  ]) {
    it(`encodes messages so that the same framing decodes them: ${text}`, () => {
      const framing = parseFraming(text)!;
      const encode = framingEncoder(framing)!;
      const decoder = createFraming(framing, 1000)();
      const bytes = Buffer.concat(messages.map(encode));
      decoder.feed(bytes, 0, bytes.length);
      assert.deepEqual(
        messages.map(() => decoder.next()),
        messages,
      );
      assert.equal(decoder.next(), undefined);
      assert.equal(decoder.buffered, 0);
    });
  }

  it('returns undefined when the framing has dropped the header', () => {
    assert.equal(framingEncoder(parseFraming('length-prefixed:2,offset=1')!), undefined);
    assert.notEqual(framingEncoder(parseFraming('length-prefixed:2,offset=1,keep-header')!), undefined);
  });
});
