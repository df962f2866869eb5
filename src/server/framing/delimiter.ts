import { native } from '../../native.ts';
import type { Finder } from './finder.ts';
import { tooLarge } from './framing-error.ts';

const NEWLINE = Buffer.from('\n');
const CR = 13;
// With fewer bytes, one by one is as fast.
const FEW_BYTES = 512;
// Filled in and read at once.
const positions = new Int32Array(1024);

/** What becomes of a delimiter: it is cut off, a carriage return before it too, or it is kept. */
export type DelimiterFate = 'cut' | 'cut with CR' | 'kept';

/**
 * Messages that end with some bytes. What comes after the last of them is no message.
 * @param needle The bytes, at least one.
 * @param maxMessageBytes The limit.
 * @param fate Whether they are part of the message.
 * @returns The finder.
 */
export function delimiter(needle: Buffer, maxMessageBytes: number, fate: DelimiterFate): Finder {
  const { length } = needle;
  // Buffer.indexOf finds a number faster than a buffer of length 1, and as fast as a native scan for many at once.
  const wanted = length === 1 ? needle[0]! : needle;
  const kept = fate === 'kept' ? length : 0;
  // Of what has come without a delimiter, its first bytes may be one that is cut off.
  const mostWithout = maxMessageBytes + (fate === 'kept' ? 0 : length - 1);
  const finder: Finder = {
    maxFrameBytes: maxMessageBytes + length + 1,
    find(bytes, start, end, atLeast, frame) {
      // What has been searched may end with the first bytes of a delimiter.
      const at = bytes.indexOf(wanted, start + Math.max(0, atLeast - length));
      // What lies beyond the end is somebody else's.
      const isWhole = at >= 0 && at + length <= end;
      const to = isWhole ? at + kept : end;
      frame.from = start;
      frame.to = fate === 'cut with CR' ? withoutCr(bytes, start, to) : to;
      frame.next = at + length;
      frame.atLeast = end - start + 1;
      if (frame.to - start > (isWhole ? maxMessageBytes : mostWithout)) throw tooLarge(maxMessageBytes);
      return isWhole;
    },
  };
  if (typeof wanted !== 'number') return finder;
  return {
    ...finder,
    findAll(bytes, start, end, atLeast, frames) {
      let begin = start;
      let from = start + Math.max(0, atLeast - 1);
      while (end - from >= FEW_BYTES) {
        const count = native.findEach(bytes, from, end, wanted, positions);
        for (let index = 0; index < count; index++) {
          const at = positions[index]!;
          const to = fate === 'cut with CR' ? withoutCr(bytes, begin, at) : at + kept;
          if (to - begin > maxMessageBytes) return begin;
          frames.add(begin, to, at + 1);
          begin = at + 1;
        }
        if (count < positions.length) break;
        from = begin;
      }
      return begin;
    },
  };
}

/**
 * Messages that end with a newline. A last line without one is a message too, as in rsyslog and in most receivers:
 * `printf` into `nc` sends no newline.
 * @param fate What becomes of the newline.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 */
export function line(fate: DelimiterFate, maxMessageBytes: number): Finder & Required<Pick<Finder, 'findLast'>> {
  return {
    ...delimiter(NEWLINE, maxMessageBytes, fate),
    findLast(bytes, start, end, frame) {
      frame.from = start;
      frame.to = fate === 'cut with CR' ? withoutCr(bytes, start, end) : end;
      frame.next = end;
      return true;
    },
  };
}

function withoutCr(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === CR ? end - 1 : end;
}
