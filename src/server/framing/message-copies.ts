// Node's global Buffer is a getter: each use would cost as much as the rest of a short message's copy.
import { Buffer } from 'node:buffer';

// Node allocates a copy of less than half of Buffer's pool from the pool. So a handler that keeps one message keeps no more
// memory alive than the pool, and nobody can transfer the memory that messages share.
const MAX_SHARED_COPY_BYTES = (Buffer.poolSize >>> 1) - 1;
const EMPTY = Buffer.alloc(0);

// `new BufferView(memory, offset, length)` is a Buffer over a part of the memory, at a third of the cost of `subarray`.
type BufferViewClass = new (memory: ArrayBufferLike, offset: number, length: number) => Buffer;
const BufferView = (Buffer as unknown as Record<symbol, BufferViewClass>)[Symbol.species]!;

/**
 * Copies messages out of the receive buffer, so that handlers may keep them. Many small messages share one copy, even if they
 * come from different connections: a copy and a Buffer for each message would cost twice as much.
 */
export class MessageCopies {
  #source: Buffer = EMPTY;
  // Whether `reset` was called for the present content of the source, and `resetUnlessNew` was not.
  #isNew = false;
  // The end of the valid bytes of the source.
  #end = 0;
  // The part of the source that the present shared copy holds.
  #from = 0;
  #to = 0;
  #memory: ArrayBufferLike = EMPTY.buffer;
  // The offset in the shared copy at which the first byte of the source would lie.
  #offset = 0;

  /** Call this when the source was filled anew. Its first `end` bytes must not change until the next call. */
  reset(source: Buffer = EMPTY, end = 0): void {
    this.#source = source;
    this.#end = end;
    this.#isNew = true;
    this.#forgetCopy();
  }

  /** Does the same as `reset`, unless `reset` has just been called for the same content. */
  resetUnlessNew(source: Buffer, end: number): void {
    if (!this.#isNew || source !== this.#source) this.reset(source, end);
    this.#isNew = false;
  }

  /** Returns a copy of `source` from `from` to `to`. `end` is the end of its valid bytes, at least what `reset` received. */
  copy(source: Buffer, from: number, to: number, end: number): Buffer {
    // A large message gets a copy of its own, also so that no small message keeps memory of that size alive.
    if (to - from >= MAX_SHARED_COPY_BYTES) return copyOf(source, from, to);
    if (source !== this.#source) this.reset(source, end);
    // The last message of the source shares its copy with no other.
    if (to === this.#end && to > this.#to) return copyOf(source, from, to);
    if (from < this.#from || to > this.#to) this.#copyFrom(from, to);
    const message = new BufferView(this.#memory, this.#offset + from, to - from);
    if (to === this.#to) this.#forgetCopy();
    return message;
  }

  #copyFrom(from: number, to: number): void {
    this.#from = from;
    this.#to = Math.max(to, Math.min(this.#end, from + MAX_SHARED_COPY_BYTES));
    const copy = copyOf(this.#source, from, this.#to);
    this.#memory = copy.buffer;
    this.#offset = copy.byteOffset - from;
  }

  #forgetCopy(): void {
    this.#from = this.#to = this.#offset = 0;
    this.#memory = EMPTY.buffer;
  }
}

function copyOf(source: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from);
  source.copy(copy, 0, from, to);
  return copy;
}
