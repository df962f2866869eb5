import { Buffer } from 'node:buffer';

import { BufferView } from './buffer-view.ts';

// What is smaller than half of Buffer's pool is cut from it: who keeps one message keeps no more than the pool, and nobody
// can transfer what others share.
const MOST_BYTES = (Buffer.poolSize >>> 1) - 1;
const NOTHING = Buffer.alloc(0);

/**
 * The messages that handlers may keep, cut from copies of the receive buffer: many small messages share one, those of
 * several connections too. A copy and a buffer for each would cost twice as much.
 */
export class Copies {
  #source: Buffer = NOTHING;
  // Whether `begin` was told, and nobody has looked since.
  #fresh = false;
  // Where the bytes of the source end that count.
  #end = 0;
  // What of it has been copied.
  #from = 0;
  #to = 0;
  #memory: ArrayBufferLike = NOTHING.buffer;
  // Where the first byte of the source would be in it.
  #offset = 0;

  /**
   * A buffer has been filled anew.
   * @param source The buffer; it stays as it is, but for what is appended, until the next call.
   * @param end How many of its bytes count, from its beginning.
   */
  begin(source: Buffer = NOTHING, end = 0): void {
    this.#source = source;
    this.#end = end;
    this.#fresh = true;
    this.#forget();
  }

  /**
   * A buffer may have been filled anew: `begin`, where it has not been called for that.
   * @param source The buffer.
   * @param end How many of its bytes count, from its beginning.
   */
  renew(source: Buffer, end: number): void {
    if (!this.#fresh || source !== this.#source) this.begin(source, end);
    this.#fresh = false;
  }

  /**
   * Copies a message.
   * @param source What has come.
   * @param from Where the message begins.
   * @param to Where it ends.
   * @param end Where the bytes end that count; no less than what `begin` was told.
   * @returns A buffer of its own bytes, which nobody writes to.
   */
  cut(source: Buffer, from: number, to: number, end: number): Buffer {
    // Also lest the source, which may be as large, is kept alive.
    if (to - from >= MOST_BYTES) return copyOf(source, from, to);
    if (source !== this.#source) this.begin(source, end);
    if (from < this.#from || to > this.#to) this.#copyFrom(from, to);
    const message = new BufferView(this.#memory, this.#offset + from, to - from);
    if (to === this.#to) this.#forget();
    return message;
  }

  #copyFrom(from: number, to: number): void {
    this.#from = from;
    this.#to = Math.max(to, Math.min(this.#end, from + MOST_BYTES));
    const copy = copyOf(this.#source, from, this.#to);
    this.#memory = copy.buffer;
    this.#offset = copy.byteOffset - from;
  }

  #forget(): void {
    this.#from = this.#to = this.#offset = 0;
    this.#memory = NOTHING.buffer;
  }
}

function copyOf(source: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from);
  source.copy(copy, 0, from, to);
  return copy;
}
