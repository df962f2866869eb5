import type { FrameReader } from '../framing/frame-reader.ts';
import type { Frames } from '../framing/frames.ts';
import type { MessageCopies } from '../framing/message-copies.ts';
import type { Clock } from '../loop/clock.ts';
import type { Loop } from '../loop/loop.ts';
import { FrameBatch } from './message-batch.ts';

// As many messages are delivered before the clock is read for the first time in a visit.
const FIRST_MESSAGES = 16;

/** What the inputs of all connections of a server share. */
export interface InputSettings {
  /** Makes the frame reader of a connection. */
  readonly createReader: () => FrameReader;
  /** Whether messages are delivered in batches. */
  readonly inBatches: boolean;
  /** The most messages that one visit delivers. */
  readonly messagesPerVisit: number;
  readonly clock: Clock;
  readonly frames: Frames;
  readonly copies: MessageCopies;
}

/** The times of the loop that an input stores. */
export type LoopTimes = Pick<Loop, 'nowMs' | 'clockNowMs'>;

/** The connection of an input. `deliver` may pause or close it. */
export interface InputOwner {
  readonly paused: boolean;
  readonly closed: boolean;
  /** Whether the handler of a message has closed the connection, or made it pause: a part of `paused` that is cheap to ask for. */
  readonly stopsDelivery: boolean;
  /** The time after which a visit ends, in ms. */
  readonly visitMs: number;
  /** Hands one message to the server's handler. */
  deliver(message: Buffer): void;
  /** Hands a batch to the server's handler. */
  deliverBatch(batch: FrameBatch): void;
}

/** The bytes that a connection has received: cuts them into messages, and delivers the messages to the connection. */
export class Input {
  /** 'ended' when the peer has sent its end, 'finished' when the last message has been delivered, too. */
  state: 'open' | 'ended' | 'finished' = 'open';
  /** The start of the time in which the unfinished message has to become complete: pauses move it; 0 between messages. */
  messageStartedMs = 0;
  /** The time at which the first byte of the unfinished message arrived, on the injected clock; 0 between messages. */
  unfinishedSinceMs = 0;
  readonly #settings: InputSettings;
  readonly #reader: FrameReader;
  // How many of the frames that `#deliverEach` delivers now have been handed to the handler, which may close the connection.
  #handedOver = 0;

  constructor(settings: InputSettings) {
    this.#settings = settings;
    this.#reader = settings.createReader();
  }

  /** The number of bytes that have not been delivered. */
  get bufferedBytes(): number {
    // After the end, a message that was cut off can never become complete.
    return this.state === 'finished' ? 0 : this.#reader.buffered;
  }

  /** The number of bytes that no handler has received, also while a handler works on the messages before them. */
  get unfinishedBytes(): number {
    return this.state === 'finished' ? 0 : this.restBytes;
  }

  /** As `unfinishedBytes`, and after the peer's end the number of bytes that no message has become. */
  get restBytes(): number {
    return this.#reader.bytesAfter(this.#settings.frames, this.#handedOver);
  }

  /** Returns a copy of the rest. */
  copyRest(): Buffer {
    return this.#reader.copyAfter(this.#settings.frames, this.#handedOver);
  }

  /** The memory that the undelivered bytes take. */
  get heldBytes(): number {
    return this.state === 'finished' ? 0 : this.#reader.heldBytes;
  }

  /** Adds the received bytes from `from` to `to`; the buffer must not change until `deliver` has returned. */
  feed(bytes: Buffer, from: number, to: number): void {
    this.#reader.feed(bytes, from, to);
  }

  /**
   * Delivers the share of one visit, or less when no complete message is left, or the owner is paused or closed. Returns whether
   * complete messages may be left. Throws a FramingError when the next bytes cannot be a message, and what a framing function
   * throws.
   */
  deliver(owner: InputOwner): boolean {
    const { messagesPerVisit, inBatches, clock } = this.#settings;
    let endMs = 0;
    let delivered = 0;
    // The clock is read after 16, 32, 64 … messages, because reading it costs as much as a short message.
    let limit = inBatches ? messagesPerVisit : Math.min(FIRST_MESSAGES, messagesPerVisit);
    while (!owner.paused && !owner.closed) {
      if (delivered >= limit) {
        if (delivered >= messagesPerVisit || clock.nowMs() >= endMs) return true;
        limit = Math.min(2 * limit, messagesPerVisit);
      }
      const found = this.#findNext(limit - delivered);
      // Most visits find one message, and need no clock.
      if (endMs === 0 && delivered + found > 1) endMs = clock.nowMs() + owner.visitMs;
      const count = found === 0 ? this.#deliverLast(owner) : this.#deliverFound(owner, found);
      if (count === 0) return false;
      delivered += count;
      if (this.state === 'open' && this.#reader.buffered === 0) return false;
    }
    return true;
  }

  /**
   * Called after `deliver`: copies the rest out of the receive buffer. Returns the memory that the unfinished message takes; 0 when
   * the rest may be complete messages.
   */
  keepRest(mayBeComplete: boolean, hasDelivered: boolean, loop: LoopTimes): number {
    this.#reader.keep();
    const unfinishedBytes = mayBeComplete ? 0 : this.bufferedBytes;
    if (unfinishedBytes === 0) this.messageEnded();
    else if (hasDelivered || this.messageStartedMs === 0) this.messageStarted(loop);
    return unfinishedBytes === 0 ? 0 : this.heldBytes;
  }

  messageStarted({ nowMs, clockNowMs }: LoopTimes): void {
    this.messageStartedMs = nowMs;
    this.unfinishedSinceMs = clockNowMs;
  }

  messageEnded(): void {
    this.messageStartedMs = this.unfinishedSinceMs = 0;
  }

  // Finds the next complete messages, at most `limit`. Returns their number.
  #findNext(limit: number): number {
    if (this.state === 'finished') return 0;
    const { frames, inBatches } = this.#settings;
    this.#reader.findFrames(frames, limit, inBatches);
    return frames.count;
  }

  // Returns how many of the messages that were found are delivered.
  #deliverFound(owner: InputOwner, count: number): number {
    const { frames, inBatches } = this.#settings;
    if (inBatches) {
      this.#reader.consume(frames, count);
      this.#deliverBatch(owner);
      return count;
    }
    const delivered = this.#deliverEach(owner);
    this.#reader.consume(frames, delivered);
    this.#handedOver = 0;
    frames.reset();
    return delivered;
  }

  #deliverBatch(owner: InputOwner): void {
    const { frames } = this.#settings;
    const batch = new FrameBatch(frames);
    owner.deliverBatch(batch);
    batch.invalidate();
    frames.reset();
  }

  // Returns the number of delivered messages: a handler may pause or close the connection.
  #deliverEach(owner: InputOwner): number {
    const { frames, copies } = this.#settings;
    const { source, count, end } = frames;
    for (let index = 0; index < count; index++) {
      if (index > 0 && owner.stopsDelivery) return index;
      this.#handedOver = index + 1;
      owner.deliver(copies.copy(source, frames.from(index), frames.to(index), end));
    }
    return count;
  }

  // The rest after the peer's end, when the framing makes a message of it. Returns the number of delivered messages.
  #deliverLast(owner: InputOwner): number {
    if (this.state !== 'ended') return 0;
    const message = this.#reader.end();
    if (message === undefined) {
      this.state = 'finished';
      return 0;
    }
    if (this.#settings.inBatches) {
      this.#settings.frames.reset(message);
      this.#settings.frames.add(0, message.length, message.length);
      this.#deliverBatch(owner);
    } else owner.deliver(message);
    return 1;
  }
}
