import type { Finder } from '../finder.ts';

/**
 * Messages of one length.
 * @param length The length, in bytes, at least 1.
 * @returns The finder.
 */
export function fixed(length: number): Finder {
  return {
    maxFrameBytes: length,
    find(_bytes, start, end, _atLeast, frame) {
      frame.from = start;
      frame.to = frame.next = start + length;
      frame.atLeast = length;
      return end >= frame.next;
    },
  };
}
