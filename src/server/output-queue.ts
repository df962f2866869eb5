import { errnoOf } from '../errors.ts';
import * as sys from '../sys.ts';

const EAGAIN = errnoOf('EAGAIN');
const EINTR = errnoOf('EINTR');

/** What waits to be sent to a connection. */
export class OutputQueue {
  /** How many bytes wait. */
  bytes = 0;
  /** When the kernel last took some of what waits, or none since; 0 where nothing waits. */
  stalledMs = 0;
  #waiters: (() => void)[] | undefined;
  readonly #chunks: Buffer[] = [];
  #first = 0;
  // How much of the first chunk has been sent.
  #offset = 0;

  /**
   * Adds bytes, which must stay as they are until they are sent.
   * @param bytes The bytes.
   */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.bytes += bytes.length;
  }

  /**
   * Waits until all that was pushed is with the kernel, or given up.
   * @returns A promise of that.
   */
  drain(): Promise<void> {
    if (this.bytes === 0) return Promise.resolve();
    return new Promise((resolve) => {
      (this.#waiters ??= []).push(resolve);
    });
  }

  /**
   * Sends as much as the kernel takes.
   * @param fd A non-blocking socket.
   * @param scratch A buffer in which small pieces are gathered, so that they leave in one call.
   * @param nowMs The time.
   * @returns How many bytes were sent; or -errno, where the connection is broken.
   */
  flush(fd: number, scratch: Buffer, nowMs: number): number {
    const sent = this.#send(fd, scratch);
    if (this.bytes === 0) this.clear();
    else if (sent > 0 || this.stalledMs === 0) this.stalledMs = nowMs;
    return sent;
  }

  /** Forgets what has not been sent, and wakes who waits for it. */
  clear(): void {
    this.#chunks.length = 0;
    this.#first = this.#offset = this.bytes = this.stalledMs = 0;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    for (const resolve of waiters ?? []) resolve();
  }

  #send(fd: number, scratch: Buffer): number {
    let sent = 0;
    while (this.bytes > 0) {
      const first = this.#chunks[this.#first]!;
      const rest = first.length - this.#offset;
      const gathers = rest < this.bytes && rest < scratch.length;
      const length = gathers ? this.#gather(scratch) : rest;
      const count = gathers ? sys.send(fd, scratch, 0, length, 0) : sys.send(fd, first, this.#offset, length, 0);
      if (count === EINTR) continue;
      if (count < 0) return count === EAGAIN ? sent : count;
      this.#drop(count);
      sent += count;
      // A partial send: the kernel's buffer is full.
      if (count < length) break;
    }
    return sent;
  }

  #gather(scratch: Buffer): number {
    let length = 0;
    let offset = this.#offset;
    for (let index = this.#first; index < this.#chunks.length && length < scratch.length; index++) {
      const chunk = this.#chunks[index]!;
      const end = Math.min(chunk.length, offset + scratch.length - length);
      length += chunk.copy(scratch, length, offset, end);
      offset = 0;
    }
    return length;
  }

  #drop(count: number): void {
    this.bytes -= count;
    this.#offset += count;
    let first = this.#chunks[this.#first];
    while (first !== undefined && this.#offset >= first.length) {
      this.#offset -= first.length;
      first = this.#chunks[++this.#first];
    }
    // Without this the sent ones would be kept as long as the queue is never empty.
    if (this.#first > 64 && this.#first * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
