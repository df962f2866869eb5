import type { Finder } from './finder.ts';
import { tooLarge } from './framing-error.ts';

const NEWLINE = Buffer.from('\n');
const CR = 13;

/**
 * Messages that end with some bytes, which are not part of them. What comes after the last of them is no message.
 * @param needle The bytes, at least one.
 * @param maxMessageBytes The limit.
 * @param messageEnd Where a message ends, for one that may end before the delimiter, by one byte at most.
 * @returns The finder.
 */
export function delimiter(needle: Buffer, maxMessageBytes: number, messageEnd = wholeMessage): Finder {
  const { length } = needle;
  // Buffer.indexOf finds a number faster than a buffer of length 1, and as fast as a native scan for many at once.
  const wanted = length === 1 ? needle[0]! : needle;
  return {
    maxFrameBytes: maxMessageBytes + length + 1,
    find(bytes, start, atLeast, frame) {
      // What has been searched may end with the first bytes of a delimiter.
      const at = bytes.indexOf(wanted, start + Math.max(0, atLeast - length));
      const found = at >= 0;
      frame.from = start;
      frame.to = messageEnd(bytes, start, found ? at : bytes.length);
      frame.next = at + length;
      frame.atLeast = bytes.length - start + 1;
      if (frame.to - start > maxMessageBytes + (found ? 0 : length - 1)) throw tooLarge(maxMessageBytes);
      return found;
    },
  };
}

/**
 * Messages that end with a newline. A last line without one is a message too, as in rsyslog and in most receivers:
 * `printf` into `nc` sends no newline.
 * @param stripCr Whether a carriage return at the end of a line is cut off.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 */
export function line(stripCr: boolean, maxMessageBytes: number): Finder & Required<Pick<Finder, 'findLast'>> {
  const messageEnd = stripCr ? withoutCr : wholeMessage;
  return {
    ...delimiter(NEWLINE, maxMessageBytes, messageEnd),
    findLast(bytes, start, frame) {
      frame.from = start;
      frame.to = messageEnd(bytes, start, bytes.length);
      frame.next = bytes.length;
      return true;
    },
  };
}

function wholeMessage(_bytes: Buffer, _start: number, end: number): number {
  return end;
}

function withoutCr(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === CR ? end - 1 : end;
}
