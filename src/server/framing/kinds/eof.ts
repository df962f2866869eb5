import type { Finder } from '../finder.ts';
import { tooLarge } from '../framing-error.ts';

/** All bytes that the peer sends until it ends its side are one message. When it sends nothing, there is no message. */
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
