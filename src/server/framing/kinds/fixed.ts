import type { Finder } from '../finder.ts';

/** Messages that all have the same length, in bytes, at least 1. */
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
