import type { Finder } from '../finder.ts';

/** The bytes that one recv returned are a message; when they are more than the limit, they become several messages. */
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
