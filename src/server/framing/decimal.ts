import type { Finder } from './finder.ts';
import { FramingError, tooLarge } from './framing-error.ts';

const ZERO = 48;
const NINE = 57;
// No limit has more digits.
const MAX_DIGITS = 16;

/** The bytes around a message whose length is written in decimal. */
export interface DecimalSyntax {
  /** The name of the framing, for error messages. */
  readonly name: string;
  /** The byte between the length and the message. */
  readonly separator: string;
  /** The byte after the message; '' for none. */
  readonly trailer: string;
  /** Whether a message may be empty. */
  readonly emptyAllowed: boolean;
}

/** Messages that each follow their length in decimal digits, without leading zeros. */
export function decimal(syntax: DecimalSyntax, maxMessageBytes: number): Finder {
  const separator = syntax.separator.charCodeAt(0);
  const trailer = syntax.trailer.charCodeAt(0);
  const trailerBytes = syntax.trailer.length;

  function digit(byte: number, lengthSoFar: number, first: boolean): number {
    const expected = first ? 'a length' : `a digit or '${syntax.separator}'`;
    if (byte < ZERO || byte > NINE) throw malformed(syntax, expected, byte);
    if (byte === ZERO && first && !syntax.emptyAllowed) throw malformed(syntax, 'a length above 0', byte);
    if (lengthSoFar === 0 && !first) throw malformed(syntax, `'${syntax.separator}' after the length 0`, byte);
    return byte - ZERO;
  }

  return {
    maxFrameBytes: MAX_DIGITS + maxMessageBytes,
    find(bytes, start, end, _atLeast, frame) {
      let at = start;
      let length = 0;
      for (; at < end; at++) {
        const byte = bytes[at]!;
        if (byte === separator && at > start) break;
        length = length * 10 + digit(byte, length, at === start);
        // Checked after each digit, so that a length never has more digits than the limit.
        if (length > maxMessageBytes) throw tooLarge(maxMessageBytes);
      }
      frame.atLeast = at - start + 1;
      if (at === end) return false;
      frame.from = at + 1;
      frame.to = frame.from + length;
      frame.next = frame.to + trailerBytes;
      frame.atLeast = frame.next - start;
      if (end < frame.next) return false;
      const last = bytes[frame.next - 1]!;
      if (trailerBytes > 0 && last !== trailer) throw malformed(syntax, `'${syntax.trailer}' after the message`, last);
      return true;
    },
  };
}

function malformed({ name }: DecimalSyntax, expected: string, byte: number): FramingError {
  return new FramingError('malformed', `${name}: expected ${expected}, found 0x${byte.toString(16).padStart(2, '0')}`);
}
