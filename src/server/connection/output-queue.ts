import { EAGAIN, EINTR, EINVAL } from '../../system/errno.ts';
import * as sys from '../../system/calls.ts';

const MOST_ROOM = 64;

/** What waits to be sent to a connection. */
export class OutputQueue {
  /** How many bytes wait. */
  bytes = 0;
  /** When the kernel last took some of what waits, or none since; 0 where nothing waits. */
  stalledMs = 0;
  #waiters: (() => void)[] | undefined;
  // From `first` to `end`; what is beyond is empty room, kept so that a queue that fills and empties allocates nothing.
  #chunks: (Uint8Array | undefined)[] = [];
  #first = 0;
  #end = 0;
  // How much of the first chunk has been sent.
  #offset = 0;

  /**
   * Adds bytes, which must stay as they are until they are sent.
   * @param bytes The bytes.
   */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks[this.#end++] = bytes;
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
    this.#stall(sent, nowMs);
    return sent;
  }

  /**
   * Copies what waits, as much as there is room for.
   * @param target Where to.
   * @param at Where in it.
   * @returns How many bytes were copied.
   */
  gather(target: Buffer, at: number): number {
    let to = at;
    let offset = this.#offset;
    for (let index = this.#first; index < this.#end && to < target.length; index++) {
      const chunk = this.#chunks[index]!;
      // Detached: `#send` finds it, and ends the connection.
      if (chunk.length <= offset) break;
      const end = Math.min(chunk.length, offset + target.length - to);
      const isWhole = offset === 0 && end === chunk.length;
      target.set(isWhole ? chunk : chunk.subarray(offset, end), to);
      to += end - offset;
      offset = 0;
    }
    return to - at;
  }

  /**
   * What `gather` gave was sent.
   * @param result How many bytes the kernel has taken, or -errno.
   * @param nowMs The time.
   * @returns As `flush`.
   */
  gathered(result: number, nowMs: number): number {
    const sent = result === EAGAIN || result === EINTR ? 0 : result;
    if (sent > 0) this.#drop(sent);
    this.#stall(sent, nowMs);
    return sent;
  }

  /** Forgets what has not been sent, and wakes who waits for it. */
  clear(): void {
    if (this.#end > MOST_ROOM) this.#chunks = [];
    else for (let index = this.#first; index < this.#end; index++) this.#chunks[index] = undefined;
    this.#first = this.#end = this.#offset = this.bytes = this.stalledMs = 0;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    for (const resolve of waiters ?? []) resolve();
  }

  #send(fd: number, scratch: Buffer): number {
    let sent = 0;
    while (this.bytes > 0) {
      const first = this.#chunks[this.#first];
      const rest = (first?.length ?? 0) - this.#offset;
      // Somebody has detached what was written: what was promised to the client is not there any more.
      if (first === undefined || rest <= 0) return EINVAL;
      const gathers = rest < this.bytes && rest < scratch.length;
      const length = gathers ? this.gather(scratch, 0) : rest;
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

  #stall(sent: number, nowMs: number): void {
    if (this.bytes === 0) this.clear();
    else if (sent > 0 || this.stalledMs === 0) this.stalledMs = nowMs;
  }

  #drop(count: number): void {
    this.bytes -= count;
    this.#offset += count;
    let first = this.#chunks[this.#first];
    while (first !== undefined && first.length > 0 && this.#offset >= first.length) {
      this.#offset -= first.length;
      this.#chunks[this.#first] = undefined;
      first = this.#chunks[++this.#first];
    }
    // Without this the room of the sent ones would grow as long as the queue is never empty.
    if (this.#first > MOST_ROOM && this.#first * 2 > this.#end) {
      this.#chunks = this.#chunks.slice(this.#first, this.#end);
      this.#end -= this.#first;
      this.#first = 0;
    }
  }
}
