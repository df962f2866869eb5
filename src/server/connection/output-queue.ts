import { EAGAIN, EINTR, EINVAL } from '../../system/errno.ts';
import * as sys from '../../system/calls.ts';
import { wouldBlock } from '../would-block.ts';

// A queue that fills and empties reuses an array of up to this length.
const MAX_SPARE_CHUNKS = 64;

/** The bytes that were written to a connection and not sent yet. */
export class OutputQueue {
  bytes = 0;
  /** The time at which the kernel last accepted bytes, or first accepted none; 0 when the queue is empty. */
  stalledMs = 0;
  #drainListeners: (() => void)[] | undefined;
  // The queue is the chunks from `#first` to before `#end`. The other elements are unused.
  #chunks: (Uint8Array | undefined)[] = [];
  #first = 0;
  #end = 0;
  // The number of bytes of the first chunk that have been sent.
  #offset = 0;

  /** Adds bytes, without copying them: the caller must not change them until they are sent. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks[this.#end++] = bytes;
    this.bytes += bytes.length;
  }

  /** The promise is settled when the queue is empty: everything was sent, or `clear` was called. */
  drain(): Promise<void> {
    if (this.bytes === 0) return Promise.resolve();
    return new Promise((resolve) => {
      (this.#drainListeners ??= []).push(resolve);
    });
  }

  /**
   * Sends as much as the kernel accepts.
   * @param fd A non-blocking socket.
   * @param scratch A buffer in which small chunks are put together, so that one call sends them.
   * @returns The number of bytes that were sent; -errno when the connection is broken.
   */
  flush(fd: number, scratch: Buffer, nowMs: number): number {
    const sent = this.#send(fd, scratch);
    this.#stall(sent, nowMs);
    return sent;
  }

  /** Copies as much of the queue as fits to the end of `target`, from offset `at` on, and returns the number of bytes. */
  gather(target: Buffer, at: number): number {
    let to = at;
    let offset = this.#offset;
    for (let index = this.#first; index < this.#end && to < target.length; index++) {
      const chunk = this.#chunks[index]!;
      // The buffer was detached: `#send` notices that and returns an error.
      if (chunk.length <= offset) break;
      const end = Math.min(chunk.length, offset + target.length - to);
      const isWhole = offset === 0 && end === chunk.length;
      target.set(isWhole ? chunk : chunk.subarray(offset, end), to);
      to += end - offset;
      offset = 0;
    }
    return to - at;
  }

  /** Removes bytes that `gather` copied and another call sent, with the `result` of that send. Returns the same as `flush`. */
  removeGathered(result: number, nowMs: number): number {
    const sent = wouldBlock(result) ? 0 : result;
    if (sent > 0) this.#drop(sent);
    this.#stall(sent, nowMs);
    return sent;
  }

  /** Drops the bytes that were not sent, and settles the promises of `drain`. */
  clear(): void {
    if (this.#end > MAX_SPARE_CHUNKS) this.#chunks = [];
    else for (let index = this.#first; index < this.#end; index++) this.#chunks[index] = undefined;
    this.#first = this.#end = this.#offset = this.bytes = this.stalledMs = 0;
    const listeners = this.#drainListeners;
    this.#drainListeners = undefined;
    for (const resolve of listeners ?? []) resolve();
  }

  #send(fd: number, scratch: Buffer): number {
    let sent = 0;
    while (this.bytes > 0) {
      const first = this.#chunks[this.#first];
      const rest = (first?.length ?? 0) - this.#offset;
      // The buffer was detached after `write`, so the bytes that the client should receive do not exist any more.
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
    // Without this, the array would grow while the queue is never empty.
    if (this.#first > MAX_SPARE_CHUNKS && this.#first * 2 > this.#end) {
      this.#chunks = this.#chunks.slice(this.#first, this.#end);
      this.#end -= this.#first;
      this.#first = 0;
    }
  }
}
