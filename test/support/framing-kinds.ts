import fc from 'fast-check';

import type { Framing, LengthPrefixedFraming } from '../../src/server/framing/framing.ts';

/** A framing, with messages that it can carry and the encoding of a message. */
export interface Kind {
  readonly framing: Framing;
  readonly message: fc.Arbitrary<Buffer>;
  readonly encode: (message: Buffer) => Buffer;
  /** Whether the whole frame is the message. */
  readonly wholeFrame?: boolean;
}

/** Random bytes. Bytes with a meaning in some framing are frequent. */
export function bytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('\0\r\n<>:,012345679 aab')));
  const short = fc.array(byte, { minLength, maxLength: Math.max(minLength, Math.min(8, maxLength)) });
  return fc.oneof(short, fc.array(byte, { minLength, maxLength })).map((list) => Buffer.from(list));
}

const any = bytes(0, 200);
const around = (before: string, message: Buffer, after: string): Buffer =>
  Buffer.concat([Buffer.from(before, 'latin1'), message, Buffer.from(after, 'latin1')]);

// A message that does not make the delimiter occur before its end.
const free = (delimiter: string): fc.Arbitrary<Buffer> =>
  any.filter((message) => around('', message, delimiter).indexOf(delimiter) === message.length);

const freeLine = free('\n').filter((message) => message.at(-1) !== 13);
const syslog = freeLine.map((message) => around('<', message, ''));

const delimited = (delimiter: string): Kind => ({
  framing: { kind: 'delimiter', delimiter },
  message: free(delimiter),
  encode: (message) => around('', message, delimiter),
});

function prefixed(
  framing: Omit<LengthPrefixedFraming, 'kind'>,
  write: (header: Buffer, length: number) => void,
  message = any,
): Kind {
  const encode = (body: Buffer): Buffer => {
    const header = Buffer.alloc((framing.offset ?? 0) + framing.bytes);
    write(header, body.length);
    return Buffer.concat([header, body]);
  };
  return { framing: { kind: 'lengthPrefixed', ...framing }, message, encode, wholeFrame: framing.keepHeader ?? false };
}

/** Every kind of framing with its options, except 'chunk' and 'eof', whose messages depend on how the bytes arrive. */
export const kinds: Readonly<Record<string, Kind>> = {
  line: {
    framing: 'line',
    message: freeLine,
    encode: (message) => around('', message, message.length % 2 === 0 ? '\n' : '\r\n'),
  },
  'line, stripCr: false': {
    framing: { kind: 'line', stripCr: false },
    message: free('\n'),
    encode: (message) => around('', message, '\n'),
  },
  'line, keepDelimiter': {
    framing: { kind: 'line', keepDelimiter: true },
    message: free('\n'),
    encode: (message) => around('', message, '\n'),
    wholeFrame: true,
  },
  'delimiter, keepDelimiter': {
    framing: { kind: 'delimiter', delimiter: '\r\n', keepDelimiter: true },
    message: free('\r\n'),
    encode: (message) => around('', message, '\r\n'),
    wholeFrame: true,
  },
  'delimiter of one byte': delimited('\0'),
  'delimiter of two bytes': delimited('\r\n'),
  'delimiter that overlaps itself': delimited('aab'),
  'delimiter of 64 bytes': delimited(`${'ab'.repeat(31)}\r\n`),
  fixed: { framing: { kind: 'fixed', length: 7 }, message: bytes(7, 7), encode: (message) => message },
  'lengthPrefixed, 1 byte': prefixed({ bytes: 1 }, (header, length) => header.writeUInt8(length)),
  'lengthPrefixed, 2 bytes': prefixed({ bytes: 2 }, (header, length) => header.writeUInt16BE(length)),
  'lengthPrefixed, 3 bytes': prefixed({ bytes: 3 }, (header, length) => header.writeUIntBE(length, 0, 3)),
  'lengthPrefixed, 4 bytes': prefixed({ bytes: 4 }, (header, length) => header.writeUInt32BE(length)),
  'lengthPrefixed, 4 bytes, littleEndian': prefixed({ bytes: 4, littleEndian: true }, (header, length) =>
    header.writeUInt32LE(length),
  ),
  'lengthPrefixed, 8 bytes': prefixed({ bytes: 8 }, (header, length) => header.writeBigUInt64BE(BigInt(length))),
  'lengthPrefixed, 8 bytes, littleEndian': prefixed({ bytes: 8, littleEndian: true }, (header, length) =>
    header.writeBigUInt64LE(BigInt(length)),
  ),
  'lengthPrefixed, after a header': prefixed({ bytes: 2, offset: 5 }, (header, length) =>
    header.fill('x').writeUInt16BE(length, 5),
  ),
  'lengthPrefixed, counting its header': prefixed({ bytes: 2, offset: 2, adjustment: -4 }, (header, length) =>
    header.writeUInt16BE(length + 4, 2),
  ),
  'lengthPrefixed, not counting three bytes': prefixed(
    { bytes: 1, adjustment: 3 },
    (header, length) => header.writeUInt8(length - 3),
    bytes(3, 200),
  ),
  'lengthPrefixed, keepHeader': prefixed({ bytes: 2, offset: 1, keepHeader: true }, (header, length) =>
    header.writeUInt16BE(length, 1),
  ),
  netstring: {
    framing: 'netstring',
    message: any,
    encode: (message) => around(`${message.length}:`, message, ','),
  },
  'octet-counting': {
    framing: 'octet-counting',
    message: bytes(1, 200),
    encode: (message) => around(`${message.length} `, message, ''),
  },
  'octet-counting, some messages with newlines': {
    framing: 'octet-counting',
    message: syslog,
    encode: (message) =>
      message.length % 2 === 0 ? around('', message, '\n') : around(`${message.length} `, message, ''),
  },
  'function that returns a length': {
    framing: (received) => received[0]! + 1,
    message: any,
    encode: (message) => around(String.fromCharCode(message.length), message, ''),
    wholeFrame: true,
  },
  'function that returns an extent': {
    framing: (received) => {
      const end = received.indexOf('>');
      return end < 0 ? undefined : { start: 1, end: Math.max(end, 1), length: end + 1 };
    },
    message: free('>'),
    encode: (message) => around('<', message, '>'),
  },
};
