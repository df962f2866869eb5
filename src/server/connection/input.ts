import type { Frames } from '../framing/frames.ts';
import type { Decoder } from '../framing/framing.ts';

/** What comes from a connection, cut into messages. */
export class Input {
  /** 'ended' once the peer has sent its end, 'finished' once the last message is out, too. */
  state: 'open' | 'ended' | 'finished' = 'open';
  /** When the message that is coming began, 0 between messages. */
  messageMs = 0;
  /** Whether a handler has taken a message and is not done with it. */
  busy = false;
  readonly #decoder: Decoder;

  /** @param decoder Cuts the stream. */
  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** How many bytes are held that have not made a message yet. */
  get buffered(): number {
    // A message that was cut off by the end will never be whole.
    return this.state === 'finished' ? 0 : this.#decoder.buffered;
  }

  /**
   * Takes the next bytes.
   * @param bytes A buffer, which stays as it is until `hold`.
   * @param from Where they begin in it.
   * @param to Where they end.
   */
  feed(bytes: Buffer, from: number, to: number): void {
    this.#decoder.feed(bytes, from, to);
  }

  /**
   * Finds messages that have come as a whole; they stay until `take`.
   * @param frames Filled in, anew.
   * @param all Whether all are wanted, see `Decoder.fill`.
   * @throws {FramingError} Where there is none, but what is too long, or not in the framing's form.
   */
  fill(frames: Frames, all: boolean): void {
    if (this.state === 'finished') frames.begin();
    else this.#decoder.fill(frames, all);
  }

  /**
   * Takes messages that `fill` has found.
   * @param frames What it has filled in.
   * @param count How many of them, the first ones.
   */
  take(frames: Frames, count: number): void {
    this.#decoder.take(frames, count);
  }

  /**
   * The last message, where `fill` has found none and the peer has sent its end.
   * @returns It; `undefined` where there is none, or the peer has not.
   * @throws {FramingError} As `fill`.
   */
  last(): Buffer | undefined {
    if (this.state !== 'ended') return undefined;
    const message = this.#decoder.end();
    if (message === undefined) this.state = 'finished';
    return message;
  }

  /**
   * No more messages are taken now: what is left is kept.
   * @param paused Whether they wait for the receiver; what is left may then be whole messages.
   * @param delivered Whether any were taken since the last time: then what is left has just begun.
   * @param nowMs The time.
   * @returns How many bytes are held of a message that has not come as a whole.
   */
  hold(paused: boolean, delivered: boolean, nowMs: number): number {
    this.#decoder.keep();
    const begun = paused ? 0 : this.buffered;
    if (begun === 0) this.messageMs = 0;
    else if (delivered || this.messageMs === 0) this.messageMs = nowMs;
    return begun;
  }
}
