import type { Framing } from '../../server/framing/framing.ts';
import type { LengthPrefixed } from './framing.ts';

/**
 * How a message is sent so that the other side, with the same framing, receives it as one.
 * @param framing The framing.
 * @returns A function that makes the bytes of a message; `undefined` where the framing drops what they would need: a
 *   header before the length.
 */
export function framer(framing: Framing): ((message: Buffer) => Buffer) | undefined {
  if (typeof framing === 'function') return undefined;
  if (typeof framing === 'string') return named[framing];
  switch (framing.kind) {
    case 'line':
      return ended('\n');
    case 'delimiter':
      return ended(framing.delimiter);
    case 'fixed':
      return named.chunk;
    case 'lengthPrefixed':
      if (framing.keepHeader) return named.chunk;
      return framing.offset ? undefined : (message) => Buffer.concat([lengthOf(message, framing), message]);
  }
}

const named = {
  chunk: (message: Buffer) => message,
  eof: (message: Buffer) => message,
  line: ended('\n'),
  netstring: (message: Buffer) => Buffer.concat([Buffer.from(`${message.length}:`), message, Buffer.from(',')]),
  'octet-counting': (message: Buffer) => Buffer.concat([Buffer.from(`${message.length} `), message]),
};

function ended(end: string | Uint8Array): (message: Buffer) => Buffer {
  const bytes = Buffer.from(end);
  return (message) => Buffer.concat([message, bytes]);
}

function lengthOf({ length }: Buffer, { bytes, littleEndian, adjustment = 0 }: LengthPrefixed): Buffer {
  const field = Buffer.alloc(8);
  field.writeBigUInt64BE(BigInt(length - adjustment));
  const bigEndian = field.subarray(8 - bytes);
  return littleEndian ? bigEndian.reverse() : bigEndian;
}
