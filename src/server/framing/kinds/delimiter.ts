import { native } from '../../../system/native.ts';
import type { Finder } from '../finder.ts';
import { tooLarge } from '../framing-error.ts';

const NEWLINE = Buffer.from('\n');
const CR = 13;
// When there are fewer bytes, one search per delimiter is as fast.
const MIN_BYTES_FOR_FIND_ALL = 512;
// The result of one call of findEach, which is read at once.
const positions = new Int32Array(1024);
let lastRoom = positions;

// A view is kept, because making one costs as much as finding ten lines.
function roomFor(limit: number): Int32Array {
  const length = Math.min(limit, positions.length);
  if (lastRoom.length !== length) lastRoom = positions.subarray(0, length);
  return lastRoom;
}

/** Whether the delimiter is part of the message. 'cut with CR' also cuts off a carriage return before it. */
export type DelimiterHandling = 'cut' | 'cut with CR' | 'kept';

/** Messages that each end with `needle`, at least one byte. Bytes after the last delimiter are not a message. */
export function delimiter(needle: Buffer, maxMessageBytes: number, handling: DelimiterHandling): Finder {
  const { length } = needle;
  const kept = handling === 'kept' ? length : 0;
  // The last bytes may be the start of an incomplete delimiter, which does not count for the limit.
  const maxBytesWithoutDelimiter = maxMessageBytes + (handling === 'kept' ? 0 : length - 1);
  const search = length === 1 ? searchByte(needle[0]!) : searchBytes(needle);

  // `at` is the offset of the delimiter.
  function endOfMessage(bytes: Buffer, start: number, at: number): number {
    return handling === 'cut with CR' ? withoutCr(bytes, start, at) : at + kept;
  }

  return {
    maxFrameBytes: maxMessageBytes + length + 1,
    find(bytes, start, end, atLeast, frame) {
      // The bytes that were searched before may end with the first bytes of a delimiter.
      const at = search(bytes, start + Math.max(0, atLeast - length), end);
      frame.from = start;
      frame.to = endOfMessage(bytes, start, at < 0 ? end - kept : at);
      frame.next = at + length;
      frame.atLeast = end - start + 1;
      if (frame.to - start > (at < 0 ? maxBytesWithoutDelimiter : maxMessageBytes)) throw tooLarge(maxMessageBytes);
      return at >= 0;
    },
    findAll(bytes, start, end, atLeast, frames, limit) {
      let frameStart = start;
      let from = start + Math.max(0, atLeast - length);
      while (end - from >= MIN_BYTES_FOR_FIND_ALL && frames.count < limit) {
        const room = roomFor(limit - frames.count);
        const count = native.findEach(bytes, from, end, needle, room);
        for (let index = 0; index < count; index++) {
          const at = positions[index]!;
          const to = endOfMessage(bytes, frameStart, at);
          if (to - frameStart > maxMessageBytes) return frameStart;
          frames.add(frameStart, to, at + length);
          frameStart = at + length;
        }
        if (count < room.length) break;
        from = frameStart;
      }
      return frameStart;
    },
  };
}

// Returns the offset of the first delimiter between `from` and `end`, or -1. The bytes after `end` are stale.
type Search = (bytes: Buffer, from: number, end: number) => number;

// indexOf is the fastest way to find one byte. It may also search the stale bytes, which costs 4 us at most.
function searchByte(byte: number): Search {
  return (bytes, from, end) => {
    const at = bytes.indexOf(byte, from);
    return at < end ? at : -1;
  };
}

// For several bytes, indexOf would need a millisecond when the stale bytes are similar to the delimiter.
function searchBytes(needle: Buffer): Search {
  const one = new Int32Array(1);
  return (bytes, from, end) => (native.findEach(bytes, from, end, needle, one) === 1 ? one[0]! : -1);
}

/**
 * Messages that end with a newline. A line without its newline is not a message: when a process is killed in the middle of a
 * line, the kernel ends its connection in order, and nothing else tells the half line from a whole one.
 */
export function line(handling: DelimiterHandling, maxMessageBytes: number): Finder {
  return delimiter(NEWLINE, maxMessageBytes, handling);
}

function withoutCr(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === CR ? end - 1 : end;
}
