import { Buffer } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

/** Where the messages of one recv lie: kept and grown, so that a recv allocates nothing. */
export class Frames {
  /** How many messages there are. */
  count = 0;
  /** The bytes that they are parts of, unchanged until the next recv. */
  source: Buffer = NOTHING;
  // From and to of each.
  #offsets = new Int32Array(512);

  /**
   * Begins anew.
   * @param source The bytes that the messages are parts of; nothing, where there are none.
   */
  begin(source: Buffer = NOTHING): void {
    this.count = 0;
    this.source = source;
  }

  /**
   * Adds a message.
   * @param from Where it begins.
   * @param to Where it ends.
   */
  add(from: number, to: number): void {
    const index = 2 * this.count++;
    if (index === this.#offsets.length) this.#grow();
    this.#offsets[index] = from;
    this.#offsets[index + 1] = to;
  }

  /**
   * Where a message begins.
   * @param index Which, from 0.
   * @returns An offset of `source`.
   */
  from(index: number): number {
    return this.#offsets[2 * index]!;
  }

  /**
   * Where a message ends.
   * @param index Which, from 0.
   * @returns An offset of `source`.
   */
  to(index: number): number {
    return this.#offsets[2 * index + 1]!;
  }

  #grow(): void {
    const larger = new Int32Array(2 * this.#offsets.length);
    larger.set(this.#offsets);
    this.#offsets = larger;
  }
}
