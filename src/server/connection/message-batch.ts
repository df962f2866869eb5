import { Copies } from '../framing/copies.ts';
import type { Frames } from '../framing/frames.ts';

/**
 * The messages of a connection that are there after one recv, in order. They are looked at where they were received: bytes
 * and text are made of those that are asked for. That place is used again when the handler has returned, or at its first
 * `await`: from then on the batch is over. What `bytes` and `text` gave is the handler's to keep.
 */
export class MessageBatch implements Iterable<Buffer> {
  #frames: Frames | undefined;
  readonly #copies = new Copies();

  /** @param frames Where the messages lie. */
  constructor(frames: Frames) {
    this.#frames = frames;
  }

  /** How many messages there are; 0 once the batch is over. */
  get length(): number {
    return this.#frames?.count ?? 0;
  }

  /**
   * How long a message is.
   * @param index Which, from 0 to `length` - 1.
   * @returns Its length in bytes.
   * @throws {RangeError} For any other index, and where the batch is over.
   */
  byteLength(index: number): number {
    const frames = this.#at(index);
    return frames.to(index) - frames.from(index);
  }

  /**
   * One byte of a message.
   * @param index Which message, from 0 to `length` - 1.
   * @param offset Which byte; negative counts from the end.
   * @returns The byte, or `undefined` where the message has none there.
   * @throws {RangeError} For any other index, and where the batch is over.
   */
  byteAt(index: number, offset: number): number | undefined {
    const frames = this.#at(index);
    const at = (offset < 0 ? frames.to(index) : frames.from(index)) + offset;
    return at >= frames.from(index) && at < frames.to(index) ? frames.source[at] : undefined;
  }

  /**
   * The bytes of a message.
   * @param index Which, from 0 to `length` - 1.
   * @returns A copy; asked for twice, perhaps the same one.
   * @throws {RangeError} For any other index, and where the batch is over.
   */
  bytes(index: number): Buffer {
    const frames = this.#at(index);
    return this.#copies.cut(frames.source, frames.from(index), frames.to(index), frames.to(frames.count - 1));
  }

  /**
   * A message as text.
   * @param index Which, from 0 to `length` - 1.
   * @param encoding As for `Buffer.toString`; UTF-8 by default. 'latin1' is the fastest where the text is ASCII.
   * @returns The text.
   * @throws {RangeError} For any other index, and where the batch is over.
   */
  text(index: number, encoding: BufferEncoding = 'utf8'): string {
    const frames = this.#at(index);
    return frames.source.toString(encoding, frames.from(index), frames.to(index));
  }

  /**
   * The bytes of each message, as `bytes` gives them.
   * @yields {Buffer} A copy of each.
   * @throws {RangeError} Where the batch is over before the iteration is.
   */
  *[Symbol.iterator](): Generator<Buffer, void> {
    // The length at the beginning: where the batch is over meanwhile, `bytes` says so.
    const { length } = this;
    for (let index = 0; index < length; index++) yield this.bytes(index);
  }

  /** The batch is over; the server's own to call. */
  end(): void {
    this.#frames = undefined;
    this.#copies.begin();
  }

  #at(index: number): Frames {
    const frames = this.#frames;
    if (frames === undefined) throw new RangeError('the batch is over: take what you need before the first await');
    if (index >= 0 && index < frames.count && Number.isInteger(index)) return frames;
    throw new RangeError(`index must be from 0 to ${frames.count - 1}, not ${index}`);
  }
}
