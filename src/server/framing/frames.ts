import { Buffer } from 'node:buffer';

const EMPTY = Buffer.alloc(0);
const FIRST_CAPACITY = 256;
// A frame has three elements: the start and the end of its message, and the start of the next frame.
const ELEMENTS_PER_FRAME = 3;

/** The positions of the frames that were found in received bytes. The list is reused, so that a recv allocates nothing. */
export class Frames {
  count = 0;
  /** The bytes that the positions refer to; they do not change until the next recv. */
  source: Buffer = EMPTY;
  /** The end of the valid bytes in the source. */
  end = 0;
  #positions = new Int32Array(FIRST_CAPACITY * ELEMENTS_PER_FRAME);

  /** Empties the list. */
  reset(source: Buffer = EMPTY, end = source.length): void {
    this.count = 0;
    this.source = source;
    this.end = end;
  }

  /** Adds a frame whose message lies from `from` to `to`; the next frame starts at `next`. */
  add(from: number, to: number, next: number): void {
    const index = ELEMENTS_PER_FRAME * this.count++;
    if (index === this.#positions.length) this.#grow();
    this.#positions[index] = from;
    this.#positions[index + 1] = to;
    this.#positions[index + 2] = next;
  }

  from(index: number): number {
    return this.#positions[ELEMENTS_PER_FRAME * index]!;
  }

  to(index: number): number {
    return this.#positions[ELEMENTS_PER_FRAME * index + 1]!;
  }

  next(index: number): number {
    return this.#positions[ELEMENTS_PER_FRAME * index + 2]!;
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#positions.length);
    larger.set(this.#positions);
    this.#positions = larger;
  }
}
