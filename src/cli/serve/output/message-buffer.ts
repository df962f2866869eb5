import { Buffer } from 'node:buffer';

const FIRST_BYTES = 2 ** 16;
const FIRST_MESSAGES = 1024;
// More memory than this is given back when everything in it is written.
const MAX_KEPT_BYTES = 2 ** 21;

/**
 * Messages as they are written, one after the other, and the end of each of them. The memory is used again, so that a turn
 * allocates nothing. Whoever adds a message reserves room, writes into `bytes` from `end` on, and calls `endMessage`.
 */
export class MessageBuffer {
  bytes: Buffer = Buffer.alloc(0);
  /** The bytes before it are written. */
  start = 0;
  /** The end of the last message. */
  end = 0;
  #ends = new Uint32Array(FIRST_MESSAGES);
  #count = 0;
  // The first message that is not wholly written.
  #first = 0;

  get unwrittenBytes(): number {
    return this.end - this.start;
  }

  /** The number of messages that are not wholly written. */
  get unwrittenMessages(): number {
    return this.#count - this.#first;
  }

  /** The number of bytes that are written of the first message that is not wholly written. */
  get cutBytes(): number {
    return this.start - this.#startOfFirst;
  }

  /** The end of the first message that is not wholly written. Only when there is one. */
  get endOfFirst(): number {
    return this.#ends[this.#first]!;
  }

  /** Makes room for this many bytes after `end`; `bytes` may be another buffer afterwards, with the same content. */
  reserve(count: number): void {
    const needed = this.end + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length, FIRST_BYTES));
    this.bytes.copy(larger);
    this.bytes = larger;
  }

  /** A message ends at `end`, and the next one starts there. */
  endMessage(end: number): void {
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = end;
    this.end = end;
  }

  /** Adds a text as one message. */
  addText(text: string): void {
    this.reserve(Buffer.byteLength(text));
    this.endMessage(this.end + this.bytes.write(text, this.end));
  }

  /** The next `count` bytes are written. */
  written(count: number): void {
    this.start += count;
    if (this.start === this.end) this.clear();
    else while (this.#ends[this.#first]! <= this.start) this.#first++;
  }

  /** Removes the message that is partly written, and returns a copy of its unwritten bytes; empty when there is none. */
  removeCutMessage(): Buffer {
    if (this.cutBytes === 0) return Buffer.alloc(0);
    const rest = Buffer.from(this.bytes.subarray(this.start, this.endOfFirst));
    this.written(rest.length);
    return rest;
  }

  /** The message that is partly written is to be written again from its start. */
  rewindCutMessage(): void {
    this.start = this.#startOfFirst;
  }

  clear(): void {
    this.start = this.end = this.#count = this.#first = 0;
    if (this.bytes.length > MAX_KEPT_BYTES) this.bytes = Buffer.alloc(0);
    if (this.#ends.length > MAX_KEPT_BYTES / 4) this.#ends = new Uint32Array(FIRST_MESSAGES);
  }

  get #startOfFirst(): number {
    return this.#first === 0 ? 0 : this.#ends[this.#first - 1]!;
  }
}
