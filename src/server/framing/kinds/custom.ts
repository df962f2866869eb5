import { inspect } from 'node:util';

import { ignoreRejection, isPromiseLike } from '../../../system/promise-like.ts';
import type { Finder, Frame } from '../finder.ts';
import { tooLarge } from '../framing-error.ts';

/** The frame at the start of some bytes: its length, and the position of the message in it. */
export interface FrameExtent {
  /** The offset of the message's first byte in the frame. */
  readonly start: number;
  /** The offset after the message's last byte in the frame. */
  readonly end: number;
  /** The length of the frame in bytes, at least 1. */
  readonly length: number;
}

/**
 * Finds the frame at the start of `bytes`. The frame may be longer than `bytes`: the server then calls the function again when
 * the whole frame has arrived. The limit of a message, `maxMessageBytes`, applies to the whole frame.
 * @param bytes The bytes of the frame that have arrived, at least one. The view is valid only during the call. A function that
 *   searches all of them in each call needs quadratic time when the bytes arrive one by one.
 * @param atEnd Whether the peer has ended its side, so that no more bytes will arrive.
 * @returns The length of the frame, when the whole frame is the message; or the frame's extent; or `undefined` when the bytes
 *   do not show the length yet.
 * @throws {FramingError} 'malformed', when the bytes are not a frame. Any error that the function throws ends the connection.
 */
export type FramingFunction = (bytes: Buffer, atEnd: boolean) => number | FrameExtent | undefined;

export function custom(framing: FramingFunction, maxMessageBytes: number): Finder {
  function locate(bytes: Buffer, start: number, end: number, atEnd: boolean, frame: Frame): boolean {
    const available = end - start;
    const result = framing(bytes.subarray(start, end), atEnd);
    if (result === undefined) {
      if (available > maxMessageBytes) throw tooLarge(maxMessageBytes);
      frame.atLeast = available + 1;
      return false;
    }
    if (isPromiseLike(result)) {
      ignoreRejection(result);
      throw new TypeError('framing function: the result is a promise, but the server needs it at once');
    }
    const extent = typeof result === 'number' ? { start: 0, end: result, length: result } : result;
    if (!isExtent(extent))
      throw new TypeError(`framing function: the result must be a length or an extent, not ${inspect(result)}`);
    if (extent.length > maxMessageBytes) throw tooLarge(maxMessageBytes);
    frame.from = start + extent.start;
    frame.to = start + extent.end;
    frame.next = start + extent.length;
    frame.atLeast = extent.length;
    return available >= extent.length;
  }

  return {
    maxFrameBytes: maxMessageBytes,
    find: (bytes, start, end, _atLeast, frame) => locate(bytes, start, end, false, frame),
    findLast: (bytes, start, end, frame) => locate(bytes, start, end, true, frame),
  };
}

function isExtent(value: FrameExtent | null): boolean {
  if (value === null) return false;
  const { start, end, length } = value;
  const integers = [start, end, length].every((number) => Number.isSafeInteger(number));
  return integers && start >= 0 && end >= start && length >= end && length > 0;
}
