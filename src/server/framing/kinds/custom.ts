import { inspect } from 'node:util';

import type { Finder, Frame } from '../finder.ts';
import { tooLarge } from '../framing-error.ts';

/** A frame at the beginning of some bytes: its length, and from where to where it is the message. */
export interface FrameExtent {
  /** Where the message begins, in bytes from the frame's beginning. */
  readonly start: number;
  /** Where the message ends. */
  readonly end: number;
  /** The length of the frame, at least 1. */
  readonly length: number;
}

/**
 * Finds the frame at the beginning of `bytes`. Its length may be more than what is there: the function is called again when
 * all of it has come. The limit of a message holds for the whole frame.
 * @param bytes At least one; a view that is valid during the call only. All that has come of the frame, so a function
 *   that searches from the beginning each time takes quadratic time where bytes come one by one.
 * @param atEnd Whether the peer has closed, so that no more will come.
 * @returns The length of the frame where all of it is the message, or where the message lies in it; `undefined` where
 *   the bytes do not tell yet.
 * @throws {FramingError} The function may throw one, 'malformed'. Whatever it throws ends the decoding.
 */
export type FramingFunction = (bytes: Buffer, atEnd: boolean) => number | FrameExtent | undefined;

/**
 * Frames as a function finds them.
 * @param framing The function.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 */
export function custom(framing: FramingFunction, maxMessageBytes: number): Finder {
  function locate(bytes: Buffer, start: number, end: number, atEnd: boolean, frame: Frame): boolean {
    const available = end - start;
    const result = framing(bytes.subarray(start, end), atEnd);
    if (result === undefined) {
      if (available > maxMessageBytes) throw tooLarge(maxMessageBytes);
      frame.atLeast = available + 1;
      return false;
    }
    const extent = typeof result === 'number' ? { start: 0, end: result, length: result } : result;
    if (!isExtent(extent)) throw new TypeError(`framing function: no length and no frame: ${inspect(result)}`);
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
