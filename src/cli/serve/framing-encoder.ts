import type { Framing } from '../../server/framing/framing.ts';
import type { LengthPrefixed } from './framing-option.ts';

/** Adds to a message the bytes by which a receiver with the same framing finds its end. */
export type FramingEncoder = (message: Buffer) => Buffer;

/**
 * Returns the encoder of a framing. Returns `undefined` when the framing drops bytes that the encoder would need: a header
 * before the length.
 */
export function framingEncoder(framing: Framing): FramingEncoder | undefined {
  if (typeof framing === 'function') return undefined;
  if (typeof framing === 'string') return simpleEncoders[framing];
  switch (framing.kind) {
    case 'line':
      return withEnd('\n');
    case 'delimiter':
      return withEnd(framing.delimiter);
    case 'fixed':
      return unchanged;
    case 'lengthPrefixed':
      if (framing.keepHeader) return unchanged;
      return framing.offset ? undefined : (message) => Buffer.concat([lengthField(message, framing), message]);
  }
}

const unchanged: FramingEncoder = (message) => message;

const simpleEncoders = {
  chunk: unchanged,
  eof: unchanged,
  line: withEnd('\n'),
  netstring: (message: Buffer) => Buffer.concat([Buffer.from(`${message.length}:`), message, Buffer.from(',')]),
  'octet-counting': (message: Buffer) => Buffer.concat([Buffer.from(`${message.length} `), message]),
};

function withEnd(end: string | Uint8Array): FramingEncoder {
  const bytes = Buffer.from(end);
  return (message) => Buffer.concat([message, bytes]);
}

function lengthField({ length }: Buffer, { bytes, littleEndian, adjustment = 0 }: LengthPrefixed): Buffer {
  const field = Buffer.alloc(8);
  field.writeBigUInt64BE(BigInt(length - adjustment));
  const bigEndian = field.subarray(8 - bytes);
  return littleEndian ? bigEndian.reverse() : bigEndian;
}
