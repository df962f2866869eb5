import type { Frames } from './frames.ts';

/** The position of one frame in the searched bytes; `find` fills it in. */
export interface Frame {
  /** The start of the message. */
  from: number;
  /** The end of the message. */
  to: number;
  /** The start of the next frame. */
  next: number;
  /** For an unfinished frame: the number of bytes that it has at least. The search is repeated when they have arrived. */
  atLeast: number;
}

/**
 * One kind of framing: it finds the first frame in some bytes. All connections of a server share one finder, so it keeps no
 * state. A new framing is a new file in kinds/, an entry in the table of framing.ts, and a type in `Framing`.
 */
export interface Finder {
  /** The largest number of bytes that a frame can have before it is complete or refused. */
  readonly maxFrameBytes: number;
  /**
   * Looks for the frame that starts at `start`; at least one byte is there, and the valid bytes end at `end`. `atLeast` is
   * the value that the last search for this frame found, 0 at first. When the frame is complete, `find` returns true and sets
   * `from`, `to` and `next` of `frame`; else it returns false and sets `frame.atLeast` to more than the bytes that are there.
   * It throws a FramingError as soon as the bytes cannot become a message.
   */
  find(bytes: Buffer, start: number, end: number, atLeast: number, frame: Frame): boolean;
  /**
   * Adds at most `limit` complete frames to `frames`, for a framing that can find them faster than one by one. It leaves bytes that it
   * refuses, and all behind them, to `find`. Returns the start of the first frame that it did not add.
   */
  findAll?(bytes: Buffer, start: number, end: number, atLeast: number, frames: Frames, limit: number): number;
  /**
   * Called when the peer has closed and `find` has found nothing: looks for a last frame that only the end completes. Returns
   * whether there is one.
   */
  findLast?(bytes: Buffer, start: number, end: number, frame: Frame): boolean;
}
