import { MessageCopies } from '../framing/message-copies.ts';
import type { Frames } from '../framing/frames.ts';

/**
 * The messages that one recv completed on a connection, in order. The batch reads them where they were received, so it costs
 * nothing to skip a message. The batch is valid until the handler returns, or until its first `await`. What `bytes` and `text`
 * returned stays valid.
 */
export interface MessageBatch extends Iterable<Buffer> {
  /** The number of messages; 0 when the batch is no longer valid. */
  readonly length: number;
  /**
   * The received bytes that contain the messages, from `start` to `end` of each. It saves a copy for each message. Nobody may
   * change them, and they are valid only as long as the batch: the next recv overwrites them.
   * @throws {RangeError} When the batch is no longer valid.
   */
  readonly source: Buffer;
  /**
   * The place of one message in `source`.
   * @param index 0 to `length` - 1.
   * @returns The offset of the message's first byte.
   * @throws {RangeError} For any other index, and when the batch is no longer valid.
   */
  start(index: number): number;
  /**
   * The end of one message in `source`.
   * @param index 0 to `length` - 1.
   * @returns The offset behind the message's last byte. The bytes between it and the start of the next message belong to the
   *   framing.
   * @throws {RangeError} For any other index, and when the batch is no longer valid.
   */
  end(index: number): number;
  /**
   * The length of one message.
   * @param index 0 to `length` - 1.
   * @returns The length in bytes.
   * @throws {RangeError} For any other index, and when the batch is no longer valid.
   */
  byteLength(index: number): number;
  /**
   * One byte of a message.
   * @param index The message, 0 to `length` - 1.
   * @param offset The byte; a negative offset counts from the end.
   * @returns The byte, or undefined when the message has no byte there.
   * @throws {RangeError} For any other index, and when the batch is no longer valid.
   */
  byteAt(index: number, offset: number): number | undefined;
  /**
   * The bytes of one message.
   * @param index 0 to `length` - 1.
   * @returns A copy. Two calls for one message may return the same copy.
   * @throws {RangeError} For any other index, and when the batch is no longer valid.
   */
  bytes(index: number): Buffer;
  /**
   * One message as text.
   * @param index 0 to `length` - 1.
   * @param encoding As for `Buffer.toString`; UTF-8 by default. 'latin1' is the fastest when the text is ASCII.
   * @returns The text.
   * @throws {RangeError} For any other index, and when the batch is no longer valid.
   */
  text(index: number, encoding?: BufferEncoding): string;
  /**
   * Iterates over the messages.
   * @returns An iterator over a copy of each message. It throws a RangeError when the batch ends before the iteration.
   */
  [Symbol.iterator](): Generator<Buffer, void>;
}

const OVER = 'the batch is over: take what you need before the first await';

/** The batch that the server makes of the frames of one recv. */
export class FrameBatch implements MessageBatch {
  #frames: Frames | undefined;
  #copies: MessageCopies | undefined;

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  get length(): number {
    return this.#frames?.count ?? 0;
  }

  get source(): Buffer {
    if (this.#frames === undefined) throw new RangeError(OVER);
    return this.#frames.source;
  }

  start(index: number): number {
    return this.#framesWith(index).from(index);
  }

  end(index: number): number {
    return this.#framesWith(index).to(index);
  }

  byteLength(index: number): number {
    const frames = this.#framesWith(index);
    return frames.to(index) - frames.from(index);
  }

  byteAt(index: number, offset: number): number | undefined {
    const frames = this.#framesWith(index);
    const at = (offset < 0 ? frames.to(index) : frames.from(index)) + offset;
    return at >= frames.from(index) && at < frames.to(index) ? frames.source[at] : undefined;
  }

  bytes(index: number): Buffer {
    const frames = this.#framesWith(index);
    this.#copies ??= new MessageCopies();
    return this.#copies.copy(frames.source, frames.from(index), frames.to(index), frames.to(frames.count - 1));
  }

  text(index: number, encoding: BufferEncoding = 'utf8'): string {
    const frames = this.#framesWith(index);
    return frames.source.toString(encoding, frames.from(index), frames.to(index));
  }

  *[Symbol.iterator](): Generator<Buffer, void> {
    // The length at the start: when the batch ends during the iteration, `bytes` throws.
    const { length } = this;
    for (let index = 0; index < length; index++) yield this.bytes(index);
  }

  /** Makes the batch invalid, because the receive buffer is about to be used again. */
  invalidate(): void {
    this.#frames = undefined;
    this.#copies = undefined;
  }

  #framesWith(index: number): Frames {
    const frames = this.#frames;
    if (frames === undefined) throw new RangeError(OVER);
    if (index >= 0 && index < frames.count && Number.isInteger(index)) return frames;
    throw new RangeError(`index must be from 0 to ${frames.count - 1}, not ${index}`);
  }
}
