import { Buffer } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

const FIRST_FRAMES = 256;
// From and to of the message, and where the next frame begins.
const NUMBERS = 3;

/** Where the messages of one recv lie: kept and grown, so that a recv allocates nothing. */
export class Frames {
  /** How many messages there are. */
  count = 0;
  /** The bytes that they are parts of, unchanged until the next recv. */
  source: Buffer = NOTHING;
  /** Where the bytes of the source end that count. */
  end = 0;
  #offsets = new Int32Array(FIRST_FRAMES * NUMBERS);

  /**
   * Begins anew.
   * @param source The bytes that the messages are parts of; nothing, where there are none.
   * @param end Where they end that count.
   */
  begin(source: Buffer = NOTHING, end = source.length): void {
    this.count = 0;
    this.source = source;
    this.end = end;
  }

  /**
   * Adds a message.
   * @param from Where it begins.
   * @param to Where it ends.
   * @param next Where the next frame begins.
   */
  add(from: number, to: number, next: number): void {
    const index = NUMBERS * this.count++;
    if (index === this.#offsets.length) this.#grow();
    this.#offsets[index] = from;
    this.#offsets[index + 1] = to;
    this.#offsets[index + 2] = next;
  }

  /**
   * Where a message begins.
   * @param index Which, from 0.
   * @returns An offset of `source`.
   */
  from(index: number): number {
    return this.#offsets[NUMBERS * index]!;
  }

  /**
   * Where a message ends.
   * @param index Which, from 0.
   * @returns An offset of `source`.
   */
  to(index: number): number {
    return this.#offsets[NUMBERS * index + 1]!;
  }

  /**
   * Where the frame after a message begins.
   * @param index Which, from 0.
   * @returns An offset of `source`.
   */
  next(index: number): number {
    return this.#offsets[NUMBERS * index + 2]!;
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#offsets.length);
    larger.set(this.#offsets);
    this.#offsets = larger;
  }
}
