import type { Finder } from '../finder.ts';
import { tooLarge } from '../framing-error.ts';

/**
 * All that the peer sends until it closes is one message; where it sends nothing there is none.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 */
export function eof(maxMessageBytes: number): Finder {
  return {
    maxFrameBytes: maxMessageBytes,
    find(_bytes, start, end, _atLeast, frame) {
      const length = end - start;
      if (length > maxMessageBytes) throw tooLarge(maxMessageBytes);
      frame.atLeast = length + 1;
      return false;
    },
    findLast(_bytes, start, end, frame) {
      frame.from = start;
      frame.to = frame.next = end;
      return true;
    },
  };
}
