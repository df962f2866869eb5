import type { Finder } from '../finder.ts';
import { FramingError, tooLarge } from '../framing-error.ts';

/** A binary length before a message. */
export interface LengthField {
  /** The size of the length. */
  readonly bytes: 1 | 2 | 3 | 4 | 8;
  readonly littleEndian: boolean;
  /** The number of header bytes before the length. */
  readonly offset: number;
  /** Is added to the declared length; the sum is the number of bytes after the length. */
  readonly adjustment: number;
  /** Whether the header and the length are part of the message. */
  readonly keepHeader: boolean;
}

/** Messages that each follow a header with their length in binary. */
export function lengthPrefixed(field: LengthField, maxMessageBytes: number): Finder {
  const headerBytes = field.offset + field.bytes;
  return {
    maxFrameBytes: headerBytes + maxMessageBytes,
    find(bytes, start, end, _atLeast, frame) {
      const body = start + headerBytes;
      frame.atLeast = headerBytes;
      if (end < body) return false;
      const declared = readLength(bytes, start + field.offset, field);
      // Sums of larger numbers would be inexact.
      if (declared > Number.MAX_SAFE_INTEGER) throw tooLarge(maxMessageBytes);
      frame.from = field.keepHeader ? start : body;
      frame.to = frame.next = body + declared + field.adjustment;
      if (frame.next < body) throw new FramingError('malformed', `length of ${declared} is too small`);
      if (frame.to - frame.from > maxMessageBytes) throw tooLarge(maxMessageBytes);
      frame.atLeast = frame.next - start;
      return end >= frame.next;
    },
  };
}

function readLength(bytes: Buffer, at: number, { bytes: size, littleEndian }: LengthField): number {
  if (size !== 8) return littleEndian ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  const high = littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at);
  const low = littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at + 4);
  return high * 2 ** 32 + low;
}
