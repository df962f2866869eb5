import type { Frames } from './frames.ts';

/** Where a frame lies, in offsets of the bytes that were searched; `find` fills it in. */
export interface Frame {
  /** Where the message begins. */
  from: number;
  /** Where the message ends. */
  to: number;
  /** Where the next frame begins. */
  next: number;
  /** Where none is whole: how many bytes it has at least. It is not looked for before they are there. */
  atLeast: number;
}

/** One kind of framing: finds the first frame. One serves all connections, so it remembers nothing. */
export interface Finder {
  /** The most bytes that a frame may have before it is whole or refused. */
  readonly maxFrameBytes: number;
  /**
   * Looks for the first frame.
   * @param bytes Where to look.
   * @param start Where the frame begins; at least one byte is there.
   * @param end Where the bytes end that count.
   * @param atLeast What the last search for this frame gave, 0 at first.
   * @param frame Filled in: `from`, `to` and `next` where the frame is whole, else `atLeast`, longer than what is there.
   * @returns Whether the frame is whole.
   * @throws {FramingError} As soon as the bytes cannot become a message.
   */
  find(bytes: Buffer, start: number, end: number, atLeast: number, frame: Frame): boolean;
  /**
   * Looks for many frames that are whole, where a framing has a faster way than one by one.
   * @param bytes Where to look.
   * @param start Where the first frame begins.
   * @param end Where the bytes end that count.
   * @param atLeast As for `find`.
   * @param frames Each frame is added. What is refused, and all behind it, is left for `find`.
   * @returns Where the first frame begins that was not added; `start` where none was.
   */
  findAll?(bytes: Buffer, start: number, end: number, atLeast: number, frames: Frames): number;
  /**
   * Looks for the last frame, once no more bytes will come and `find` has found none; where a framing has such frames.
   * @param bytes Where to look.
   * @param start Where the frame begins; at least one byte is there.
   * @param end Where the bytes end that count.
   * @param frame Filled in as by `find`.
   * @returns Whether there is one.
   */
  findLast?(bytes: Buffer, start: number, end: number, frame: Frame): boolean;
}
