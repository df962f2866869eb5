import * as sys from './calls.ts';

// struct pollfd: int fd, short events, short revents.
const INTS = 2;
const SHORTS = 4;
const EVENTS = 2;
const REVENTS = 3;

/** The table of poll(2), in the kernel's layout: kept and grown, so that a turn allocates nothing. */
export class PollTable {
  /** How many entries there are. */
  length = 0;
  // Two views of one buffer, since an entry has an int and two shorts.
  #fds = new Int32Array(16 * INTS);
  #shorts = new Uint16Array(this.#fds.buffer);

  /**
   * Appends an entry.
   * @param fd The fd.
   * @param events POLL* bits, 0 to 65535.
   */
  add(fd: number, events: number): void {
    const index = this.length++;
    if (this.length * INTS > this.#fds.length) this.#grow();
    this.#fds[index * INTS] = fd;
    this.#shorts[index * SHORTS + EVENTS] = events;
  }

  /**
   * Replaces an entry, and forgets what was found of it.
   * @param index Which entry, from 0.
   * @param fd The fd.
   * @param events POLL* bits, 0 to 65535.
   */
  set(index: number, fd: number, events: number): void {
    this.#fds[index * INTS] = fd;
    this.#shorts[index * SHORTS + EVENTS] = events;
    this.#shorts[index * SHORTS + REVENTS] = 0;
  }

  /** Removes all entries. */
  clear(): void {
    this.length = 0;
  }

  /** Removes the last entry. */
  pop(): void {
    this.length--;
  }

  /**
   * An entry's fd.
   * @param index Which entry, from 0.
   * @returns The fd.
   */
  fd(index: number): number {
    return this.#fds[index * INTS]!;
  }

  /**
   * What is asked of an entry.
   * @param index Which entry, from 0.
   * @returns POLL* bits.
   */
  events(index: number): number {
    return this.#shorts[index * SHORTS + EVENTS]!;
  }

  /**
   * What the last call found of an entry.
   * @param index Which entry, from 0.
   * @returns POLL* bits, 0 where it is not ready.
   */
  revents(index: number): number {
    return this.#shorts[index * SHORTS + REVENTS]!;
  }

  /**
   * poll(2) on all entries.
   * @param timeoutMs Whole milliseconds; negative waits for ever.
   * @returns How many are ready, or -errno.
   */
  poll(timeoutMs: number): number {
    return sys.poll(this.#fds, this.length, timeoutMs);
  }

  #grow(): void {
    const larger = new Int32Array(this.#fds.length * 2);
    larger.set(this.#fds);
    this.#fds = larger;
    this.#shorts = new Uint16Array(larger.buffer);
  }
}
