import { native } from '../../../system/native.ts';
import type { Finder } from '../finder.ts';
import { tooLarge } from '../framing-error.ts';

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
  const kept = fate === 'kept' ? length : 0;
  // Of what has come without a delimiter, its first bytes may be one that is cut off.
  const mostWithout = maxMessageBytes + (fate === 'kept' ? 0 : length - 1);
  const search = length === 1 ? searchByte(needle[0]!) : searchBytes(needle);

  // Of the bytes before a delimiter.
  function endOfMessage(bytes: Buffer, start: number, at: number): number {
    return fate === 'cut with CR' ? withoutCr(bytes, start, at) : at + kept;
  }

  return {
    maxFrameBytes: maxMessageBytes + length + 1,
    find(bytes, start, end, atLeast, frame) {
      // What has been searched may end with the first bytes of a delimiter.
      const at = search(bytes, start + Math.max(0, atLeast - length), end);
      frame.from = start;
      frame.to = endOfMessage(bytes, start, at < 0 ? end - kept : at);
      frame.next = at + length;
      frame.atLeast = end - start + 1;
      if (frame.to - start > (at < 0 ? mostWithout : maxMessageBytes)) throw tooLarge(maxMessageBytes);
      return at >= 0;
    },
    findAll(bytes, start, end, atLeast, frames) {
      let begin = start;
      let from = start + Math.max(0, atLeast - length);
      while (end - from >= FEW_BYTES) {
        const count = native.findEach(bytes, from, end, needle, positions);
        for (let index = 0; index < count; index++) {
          const at = positions[index]!;
          const to = endOfMessage(bytes, begin, at);
          if (to - begin > maxMessageBytes) return begin;
          frames.add(begin, to, at + length);
          begin = at + length;
        }
        if (count < positions.length) break;
        from = begin;
      }
      return begin;
    },
  };
}

// Where the first delimiter begins, or -1. `end` is where the bytes end that count.
type Search = (bytes: Buffer, from: number, end: number) => number;

// The fastest way for one; that it may run on through stale bytes, up to the next one of its kind, costs 4 us at most.
function searchByte(byte: number): Search {
  return (bytes, from, end) => {
    const at = bytes.indexOf(byte, from);
    return at < end ? at : -1;
  };
}

// Buffer.indexOf, run on through stale bytes that are nearly delimiters, would take a millisecond.
function searchBytes(needle: Buffer): Search {
  const one = new Int32Array(1);
  return (bytes, from, end) => (native.findEach(bytes, from, end, needle, one) === 1 ? one[0]! : -1);
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
