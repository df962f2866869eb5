import type { Finder } from '../finder.ts';

/**
 * What one recv gave is a message; more than the limit becomes several.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 */
export function chunk(maxMessageBytes: number): Finder {
  return {
    maxFrameBytes: maxMessageBytes,
    find(_bytes, start, end, _atLeast, frame) {
      frame.from = start;
      frame.to = frame.next = Math.min(end, start + maxMessageBytes);
      return true;
    },
  };
}
