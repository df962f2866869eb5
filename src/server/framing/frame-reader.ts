import { Buffer } from 'node:buffer';

import type { Finder, Frame } from './finder.ts';
import type { Frames } from './frames.ts';
import type { JoinBuffer } from './join-buffer.ts';
import type { MessageCopies } from './message-copies.ts';

const EMPTY = Buffer.alloc(0);

// A finder fills this in, and the reader uses it at once.
const frame: Frame = { from: 0, to: 0, next: 0, atLeast: 0 };

/** Cuts the bytes of one connection into messages: it holds the bytes, and a finder says where the frames are. */
export class FrameReader {
  readonly #finder: Finder;
  readonly #joinBuffer: JoinBuffer;
  readonly #copies: MessageCopies;
  // The bytes that are not yet consumed, from #start to #end: in the receive buffer, the join buffer or a buffer of our own.
  // The window has no unused memory at its end, because a finder may search beyond #end.
  #window: Buffer = EMPTY;
  #ownsWindow = false;
  #start = 0;
  #end = 0;
  // The number of bytes that the first frame has at least.
  #atLeast = 0;
  // The number of bytes that the frame after the frames of `findFrames` has at least.
  #atLeastAfterFrames = 0;
  #failure: { readonly error: unknown } | undefined;

  /** All readers of a server share the join buffer and the copies. */
  constructor(finder: Finder, joinBuffer: JoinBuffer, copies: MessageCopies) {
    this.#finder = finder;
    this.#joinBuffer = joinBuffer;
    this.#copies = copies;
  }

  /** The number of bytes that are not yet part of a consumed message. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** The memory that the undelivered bytes take, after `keep`: a buffer of our own may have room for more. */
  get heldBytes(): number {
    return this.#ownsWindow ? this.#window.buffer.byteLength : this.buffered;
  }

  /** The number of bytes behind the first `count` messages that `findFrames` has found. */
  bytesAfter(frames: Frames, count: number): number {
    return this.#end - this.#startAfter(frames, count);
  }

  /** Returns a copy of the bytes behind the first `count` messages that `findFrames` has found. */
  copyAfter(frames: Frames, count: number): Buffer {
    return Buffer.from(this.#window.subarray(this.#startAfter(frames, count), this.#end));
  }

  /**
   * Adds the received bytes from `from` to `to`. The reader reads the buffer until `keep`, and never writes to it. `from` is
   * 0 when one recv filled the buffer anew; when several recvs filled it, one behind the other, the caller has called `reset`
   * of the shared copies before.
   */
  feed(bytes: Buffer, from: number, to: number): void {
    if (from === 0) this.#copies.resetUnlessNew(bytes, to);
    if (this.#failure !== undefined || from === to) return;
    const { buffered } = this;
    if (buffered === 0) this.#setWindow(bytes, from, to, false);
    else if (buffered <= to - from) this.#join(bytes, from, to);
    else this.#append(bytes, from, to);
  }

  /**
   * Returns a copy of the next message and consumes it, or undefined when no message is complete. Throws a FramingError when
   * the bytes cannot be a message, and again in every later call.
   */
  next(): Buffer | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    const buffered = this.#end - this.#start;
    if (buffered === 0 || buffered < this.#atLeast) return undefined;
    try {
      if (this.#finder.find(this.#window, this.#start, this.#end, this.#atLeast, frame)) return this.#cutMessage();
      this.#atLeast = frame.atLeast;
      return undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * Fills `frames` with at most `limit` complete messages, without consuming them. With `all` it finds each; else those that
   * cost next to nothing once the first is found, because a framing function must not be asked for the next frame before the
   * handler has worked on the present one. Throws as `next` does, when no complete message comes before the bad bytes.
   */
  findFrames(frames: Frames, limit: number, all: boolean): void {
    const window = this.#window;
    const end = this.#end;
    frames.reset(window, end);
    if (this.#failure !== undefined) throw this.#failure.error;
    let start = this.#finder.findAll?.(window, this.#start, end, this.#atLeast, frames, limit) ?? this.#start;
    let atLeast = frames.count > 0 ? 0 : this.#atLeast;
    try {
      while (end > start && end - start >= atLeast && frames.count < (all ? limit : 1)) {
        const isComplete = this.#finder.find(window, start, end, atLeast, frame);
        atLeast = isComplete ? 0 : frame.atLeast;
        if (!isComplete) break;
        frames.add(frame.from, frame.to, frame.next);
        start = frame.next;
      }
    } catch (error) {
      if (frames.count === 0) throw this.#fail(error);
      // The next call finds the bad bytes first, and throws the error.
    }
    this.#atLeastAfterFrames = atLeast;
    if (frames.count === 0) this.#atLeast = atLeast;
  }

  /** Consumes the first `count` messages that `findFrames` found. */
  consume(frames: Frames, count: number): void {
    if (count === 0) return;
    this.#start = frames.next(count - 1);
    this.#atLeast = count === frames.count ? this.#atLeastAfterFrames : 0;
    if (this.#start === this.#end) this.#clear();
  }

  /** Copies the remaining bytes, because the receive buffer is about to be used again. */
  keep(): void {
    const { buffered } = this;
    if (buffered === 0) this.#clear();
    // A buffer of our own that is now far too large is replaced, because there may be very many such connections.
    else if (!this.#ownsWindow || buffered < this.#window.buffer.byteLength / 4) this.#moveToOwnBuffer(buffered);
  }

  /**
   * Called when the peer has closed: returns the next message, and finally the remaining bytes if the framing makes a message
   * of them. Call it until it returns undefined; if `buffered` is not 0 then, the last message is unfinished. Throws as `next`
   * does.
   */
  end(): Buffer | undefined {
    const message = this.next();
    if (message !== undefined || this.buffered === 0) return message;
    try {
      const hasLast = this.#finder.findLast?.(this.#window, this.#start, this.#end, frame) ?? false;
      return hasLast ? this.#cutMessage() : undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #startAfter(frames: Frames, count: number): number {
    return count === 0 ? this.#start : frames.next(count - 1);
  }

  #setWindow(window: Buffer, start: number, end: number, isOwn: boolean): void {
    this.#window = window;
    this.#ownsWindow = isOwn;
    this.#start = start;
    this.#end = end;
  }

  #clear(): void {
    this.#setWindow(EMPTY, 0, 0, false);
  }

  #cutMessage(): Buffer {
    const message = this.#copies.copy(this.#window, frame.from, frame.to, this.#end);
    this.#start = frame.next;
    this.#atLeast = 0;
    // Clear here, and not only in `keep`: a server need not call `keep` for a connection without remaining bytes.
    if (frame.next === this.#end) this.#clear();
    return message;
  }

  // The bytes stay: the server reports them as unfinished.
  #fail(error: unknown): unknown {
    this.#failure = { error };
    return error;
  }

  #moveToOwnBuffer(capacity: number): void {
    const own = Buffer.allocUnsafeSlow(capacity);
    const length = this.#window.copy(own, 0, this.#start, this.#end);
    this.#setWindow(length === capacity ? own : own.subarray(0, length), 0, length, true);
  }

  #join(bytes: Buffer, from: number, to: number): void {
    const { buffered } = this;
    const joined = this.#joinBuffer.join(this, this.#window, this.#start, this.#end, to - from);
    bytes.copy(joined, buffered, from, to);
    this.#setWindow(joined, 0, joined.length, false);
  }

  // When few bytes follow a long unfinished message, the buffer doubles, so that the time for all copies is linear.
  #append(bytes: Buffer, from: number, to: number): void {
    const length = this.buffered + to - from;
    if (!this.#ownsWindow || this.#end + to - from > this.#window.buffer.byteLength) {
      this.#moveToOwnBuffer(Math.max(length, Math.min(2 * length, this.#finder.maxFrameBytes)));
    }
    const at = this.#end;
    this.#end += to - from;
    this.#window = Buffer.from(this.#window.buffer, 0, this.#end);
    bytes.copy(this.#window, at, from, to);
  }
}
