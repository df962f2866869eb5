import * as sys from './calls.ts';

// struct pollfd: int fd, short events, short revents.
const INTS = 2;
const SHORTS = 4;
const EVENTS = 2;
const REVENTS = 3;

/**
 * The array of struct pollfd that poll(2) reads and writes in place. It is kept and grows, so a wait allocates nothing.
 */
export class PollTable {
  length = 0;
  // Two views of one buffer, because an entry has an int and two shorts.
  #fds = new Int32Array(16 * INTS);
  #shorts = new Uint16Array(this.#fds.buffer);

  add(fd: number, events: number): void {
    const index = this.length++;
    if (this.length * INTS > this.#fds.length) this.#grow();
    this.#fds[index * INTS] = fd;
    this.#shorts[index * SHORTS + EVENTS] = events;
  }

  /** Replaces an entry; its revents becomes 0. */
  set(index: number, fd: number, events: number): void {
    this.#fds[index * INTS] = fd;
    this.#shorts[index * SHORTS + EVENTS] = events;
    this.#shorts[index * SHORTS + REVENTS] = 0;
  }

  clear(): void {
    this.length = 0;
  }

  pop(): void {
    this.length--;
  }

  fd(index: number): number {
    return this.#fds[index * INTS]!;
  }

  events(index: number): number {
    return this.#shorts[index * SHORTS + EVENTS]!;
  }

  /** The POLL* bits that the last `poll` found; 0 when the entry is not ready. */
  revents(index: number): number {
    return this.#shorts[index * SHORTS + REVENTS]!;
  }

  /** Calls poll(2) with a timeout in whole milliseconds. Returns the number of ready entries, or -errno. */
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
