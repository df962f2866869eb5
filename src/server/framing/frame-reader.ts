import { Buffer } from 'node:buffer';

import type { Copies } from './copies.ts';
import type { Finder, Frame } from './finder.ts';
import type { Frames } from './frames.ts';
import type { Joint } from './joint.ts';

/** Cuts what comes on one connection into messages. */
export interface Decoder {
  /**
   * Bytes have come. What is left of earlier ones stays before them.
   * @param bytes The receive buffer: looked at until `keep`, never written to.
   * @param from Where they begin: 0 for a buffer that was filled anew, by one recv; several recvs may fill it, one
   *   behind the other, for decoders that share their copies: `Copies.begin` is told before.
   * @param to Where they end.
   */
  feed(bytes: Buffer, from: number, to: number): void;
  /**
   * Takes the next message.
   * @returns A copy, the caller's for ever; `undefined` where none is whole.
   * @throws {FramingError} Where the bytes are no message, and each time from then on.
   */
  next(): Buffer | undefined;
  /**
   * Finds messages that are whole. They stay until `take`.
   * @param frames Filled in, anew.
   * @param all Whether all are wanted; else it finds those that cost next to nothing once the first is found: a framing
   *   that is a function is asked for a frame when the one before has been worked on.
   * @throws {FramingError} As `next`, where there is none before what is no message.
   */
  fill(frames: Frames, all: boolean): void;
  /**
   * Takes messages that `fill` has found.
   * @param frames What it has filled in.
   * @param count How many of them, the first ones.
   */
  take(frames: Frames, count: number): void;
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
  // The receive buffer, or what is used of the joint or of a buffer of our own (`#owns`): a finder may search beyond
  // `#end`, but not through all the room that there is for more.
  #window: Buffer = NOTHING;
  #owns = false;
  #start = 0;
  #end = 0;
  #atLeast = 0;
  // The same of what comes after the messages that `fill` has found.
  #restAtLeast = 0;
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
    return this.#end - this.#start;
  }

  feed(bytes: Buffer, from: number, to: number): void {
    if (from === 0) this.#copies.renew(bytes, to);
    if (this.#failure !== undefined || from === to) return;
    const { buffered } = this;
    if (buffered === 0) this.#show(bytes, from, to, false);
    else if (buffered <= to - from) this.#join(bytes, from, to);
    else this.#append(bytes, from, to);
  }

  next(): Buffer | undefined {
    const buffered = this.#end - this.#start;
    if (buffered === 0 || buffered < this.#atLeast) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return undefined;
    }
    try {
      if (this.#finder.find(this.#window, this.#start, this.#end, this.#atLeast, frame)) return this.#cut();
      this.#atLeast = frame.atLeast;
      return undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  fill(frames: Frames, all: boolean): void {
    const window = this.#window;
    const end = this.#end;
    frames.begin(window, end);
    if (this.#failure !== undefined) throw this.#failure.error;
    let start = this.#finder.findAll?.(window, this.#start, end, this.#atLeast, frames) ?? this.#start;
    let atLeast = frames.count > 0 ? 0 : this.#atLeast;
    try {
      while (end > start && end - start >= atLeast && (all || frames.count === 0)) {
        const isWhole = this.#finder.find(window, start, end, atLeast, frame);
        atLeast = isWhole ? 0 : frame.atLeast;
        if (!isWhole) break;
        frames.add(frame.from, frame.to, frame.next);
        start = frame.next;
      }
    } catch (error) {
      if (frames.count === 0) throw this.#fail(error);
      // The next call finds it as the first; until then it is held, as what comes after a message is.
    }
    this.#restAtLeast = atLeast;
    if (frames.count === 0) this.#atLeast = atLeast;
  }

  take(frames: Frames, count: number): void {
    if (count === 0) return;
    this.#start = frames.next(count - 1);
    this.#atLeast = count === frames.count ? this.#restAtLeast : 0;
    if (this.#start === this.#end) this.#clear();
  }

  end(): Buffer | undefined {
    const message = this.next();
    if (message !== undefined || this.buffered === 0) return message;
    try {
      const isOne = this.#finder.findLast?.(this.#window, this.#start, this.#end, frame) ?? false;
      return isOne ? this.#cut() : undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  keep(): void {
    const { buffered } = this;
    if (buffered === 0) this.#clear();
    // A buffer of our own that has become much too large is given up: there may be very many such connections.
    else if (!this.#owns || buffered < this.#window.buffer.byteLength / 4) this.#own(buffered);
  }

  #show(window: Buffer, start: number, end: number, owns: boolean): void {
    this.#window = window;
    this.#owns = owns;
    this.#start = start;
    this.#end = end;
  }

  #clear(): void {
    this.#show(NOTHING, 0, 0, false);
  }

  // What `frame` tells.
  #cut(): Buffer {
    const message = this.#copies.cut(this.#window, frame.from, frame.to, this.#end);
    this.#start = frame.next;
    this.#atLeast = 0;
    // At once, not in keep(): a server need not call that for a connection with nothing left.
    if (frame.next === this.#end) this.#clear();
    return message;
  }

  #fail(error: unknown): unknown {
    this.#failure = { error };
    this.#clear();
    return error;
  }

  // Moves what is left to a buffer of our own.
  #own(capacity: number): void {
    const own = Buffer.allocUnsafeSlow(capacity);
    const length = this.#window.copy(own, 0, this.#start, this.#end);
    this.#show(length === capacity ? own : own.subarray(0, length), 0, length, true);
  }

  #join(bytes: Buffer, from: number, to: number): void {
    const { buffered } = this;
    const joint = this.#joint.begin(this, this.#window, this.#start, this.#end, to - from);
    bytes.copy(joint, buffered, from, to);
    this.#show(joint, 0, joint.length, false);
  }

  // A little came to much that was left: it is doubled, so that all the copies together take linear time.
  #append(bytes: Buffer, from: number, to: number): void {
    const length = this.buffered + to - from;
    if (!this.#owns || this.#end + to - from > this.#window.buffer.byteLength) {
      this.#own(Math.max(length, Math.min(2 * length, this.#finder.maxFrameBytes)));
    }
    const at = this.#end;
    this.#end += to - from;
    this.#window = Buffer.from(this.#window.buffer, 0, this.#end);
    bytes.copy(this.#window, at, from, to);
  }
}
