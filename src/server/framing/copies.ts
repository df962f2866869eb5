import { Buffer } from 'node:buffer';

import { BufferView } from './buffer-view.ts';

// What is smaller than half of Buffer's pool is cut from it: who keeps one message keeps no more than the pool, and nobody
// can transfer what others share.
const MOST_BYTES = (Buffer.poolSize >>> 1) - 1;
const NOTHING = Buffer.alloc(0);

/**
 * The messages that handlers may keep, cut from copies of the receive buffer: many small messages share one. A copy
 * and a buffer for each would cost twice as much.
 */
export class Copies {
  #source: Buffer | undefined;
  #from = 0;
  #to = 0;
  #copy = NOTHING;
  #memory: ArrayBufferLike = NOTHING.buffer;
  // Where the first byte of the source would be in it.
  #offset = 0;

  /** The receive buffer is about to be used again: nothing is kept of it. */
  forget(): void {
    this.#source = undefined;
    this.#copy = NOTHING;
    this.#memory = NOTHING.buffer;
  }

  /**
   * Copies a message.
   * @param source What has come, unchanged since the last `forget`.
   * @param from Where the message begins.
   * @param to Where it ends.
   * @returns A buffer of its own bytes, which nobody writes to.
   */
  cut(source: Buffer, from: number, to: number): Buffer {
    if (source !== this.#source || from < this.#from || to > this.#to) this.#copyFrom(source, from, to);
    const isWhole = from === this.#from && to === this.#to;
    const message = isWhole ? this.#copy : new BufferView(this.#memory, this.#offset + from, to - from);
    if (to === this.#to) this.forget();
    return message;
  }

  #copyFrom(source: Buffer, from: number, to: number): void {
    this.#source = source;
    this.#from = from;
    this.#to = Math.max(to, Math.min(source.length, from + MOST_BYTES));
    const copy = Buffer.allocUnsafe(this.#to - from);
    if (from === 0 && this.#to === source.length) copy.set(source);
    else source.copy(copy, 0, from, this.#to);
    this.#copy = copy;
    this.#memory = copy.buffer;
    this.#offset = copy.byteOffset - from;
  }
}
