import type { Finder } from './finder.ts';
import { tooLarge } from './framing-error.ts';

/**
 * All that the peer sends until it closes is one message; where it sends nothing there is none.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 */
export function eof(maxMessageBytes: number): Finder {
  return {
    maxFrameBytes: maxMessageBytes,
    find(bytes, start, _atLeast, frame) {
      const length = bytes.length - start;
      if (length > maxMessageBytes) throw tooLarge(maxMessageBytes);
      frame.atLeast = length + 1;
      return false;
    },
    findLast(bytes, start, frame) {
      frame.from = start;
      frame.to = frame.next = bytes.length;
      return true;
    },
  };
}
