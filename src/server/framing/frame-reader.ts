import { Buffer } from 'node:buffer';

import { BufferView } from './buffer-view.ts';
import type { Copies } from './copies.ts';
import type { Finder, Frame } from './finder.ts';
import type { Frames } from './frames.ts';
import type { Joint } from './joint.ts';

/** Cuts what comes on one connection into messages. */
export interface Decoder {
  /**
   * Bytes have come. What is left of earlier ones stays before them.
   * @param bytes The receive buffer: looked at until `keep`, never written to.
   * @param end How many of its bytes count, from its beginning.
   */
  feed(bytes: Buffer, end: number): void;
  /**
   * Takes the next message.
   * @returns A copy, the caller's for ever; `undefined` where none is whole.
   * @throws {FramingError} Where the bytes are no message, and each time from then on.
   */
  next(): Buffer | undefined;
  /**
   * Takes all messages that are whole, without a copy of them.
   * @param frames Filled in, anew.
   * @throws {FramingError} As `next`, where there is none before what is no message.
   */
  fill(frames: Frames): void;
  /** The receive buffer is about to be used again: what is left is copied. */
  keep(): void;
  /**
   * The peer has closed: takes the next message, or at last the rest where the framing makes a message of it.
   * @returns As `next`; to be called until it gives `undefined`. Where `buffered` is not 0 then, a message was cut off.
   * @throws {FramingError} As `next`.
   */
  end(): Buffer | undefined;
  /** How many bytes are there that belong to no message yet taken. */
  readonly buffered: number;
}

const NOTHING = Buffer.alloc(0);

// Filled in by a finder and read at once.
const frame: Frame = { from: 0, to: 0, next: 0, atLeast: 0 };

/** The decoder of every framing: holds the bytes, and asks a finder where the frames are. */
export class FrameReader implements Decoder {
  readonly #finder: Finder;
  readonly #joint: Joint;
  readonly #copies: Copies;
  // Of the receive buffer, of the joint, or the beginning of a buffer of our own (`#owns`).
  #window: Buffer = NOTHING;
  #owns = false;
  #start = 0;
  #atLeast = 0;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param finder The framing.
   * @param joint Shared by the decoders of a server.
   * @param copies Shared by them, too.
   */
  constructor(finder: Finder, joint: Joint, copies: Copies) {
    this.#finder = finder;
    this.#joint = joint;
    this.#copies = copies;
  }

  get buffered(): number {
    return this.#window.length - this.#start;
  }

  feed(bytes: Buffer, end: number): void {
    this.#copies.forget();
    if (this.#failure !== undefined || end === 0) return;
    const came = end === bytes.length ? bytes : new BufferView(bytes.buffer, bytes.byteOffset, end);
    if (this.buffered === 0) this.#show(came, false);
    else if (this.buffered <= end) this.#show(this.#joint.join(this, this.#window.subarray(this.#start), came), false);
    else this.#append(came);
  }

  next(): Buffer | undefined {
    const window = this.#window;
    const start = this.#start;
    const buffered = window.length - start;
    if (buffered === 0 || buffered < this.#atLeast) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return undefined;
    }
    try {
      if (this.#finder.find(window, start, this.#atLeast, frame)) return this.#take(window);
      this.#atLeast = frame.atLeast;
      return undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  fill(frames: Frames): void {
    const window = this.#window;
    frames.begin(window);
    if (this.#failure !== undefined) throw this.#failure.error;
    let start = this.#start;
    let atLeast = this.#atLeast;
    try {
      while (window.length > start && window.length - start >= atLeast) {
        const isWhole = this.#finder.find(window, start, atLeast, frame);
        atLeast = isWhole ? 0 : frame.atLeast;
        if (!isWhole) break;
        frames.add(frame.from, frame.to);
        start = frame.next;
      }
    } catch (error) {
      if (frames.count === 0) throw this.#fail(error);
      // The next call finds it as the first; until then it is held, as what comes after a message is.
    }
    this.#start = start;
    this.#atLeast = atLeast;
    if (start === window.length) this.#show(NOTHING, false);
  }

  end(): Buffer | undefined {
    const message = this.next();
    if (message !== undefined || this.buffered === 0) return message;
    try {
      return this.#finder.findLast?.(this.#window, this.#start, frame) ? this.#take(this.#window) : undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  keep(): void {
    const { buffered } = this;
    if (buffered === 0) this.#show(NOTHING, false);
    // A buffer of our own that has become much too large is given up: there may be very many such connections.
    else if (!this.#owns || buffered < this.#window.buffer.byteLength / 4) {
      const own = Buffer.allocUnsafeSlow(buffered);
      own.set(this.#window.subarray(this.#start));
      this.#show(own, true);
    }
  }

  #show(window: Buffer, owns: boolean): void {
    this.#window = window;
    this.#owns = owns;
    this.#start = 0;
  }

  // What `frame` tells.
  #take(window: Buffer): Buffer {
    const message = this.#copies.cut(window, frame.from, frame.to);
    this.#start = frame.next;
    this.#atLeast = 0;
    // At once, not in keep(): a server need not call that for a connection with nothing left.
    if (frame.next === window.length) this.#show(NOTHING, false);
    return message;
  }

  #fail(error: unknown): unknown {
    this.#failure = { error };
    this.#show(NOTHING, false);
    return error;
  }

  // A little came to much that was left: it is doubled, so that all the copies together take linear time.
  #append(came: Buffer): void {
    const { buffered } = this;
    const length = buffered + came.length;
    const capacity = this.#owns ? this.#window.buffer.byteLength : 0;
    const used = this.#start + length;
    if (used > capacity) {
      const ample = Math.min(2 * length, this.#finder.maxFrameBytes);
      const own = Buffer.allocUnsafeSlow(Math.max(length, ample));
      own.set(this.#window.subarray(this.#start));
      this.#show(own, true);
    }
    this.#window = Buffer.from(this.#window.buffer, 0, this.#start + length);
    this.#window.set(came, this.#start + buffered);
  }
}
