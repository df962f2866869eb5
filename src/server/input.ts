import type { Frames } from './framing/frames.ts';
import type { Decoder } from './framing/framing.ts';

/** What comes from a connection, cut into messages. */
export class Input {
  /** 'ended' once the peer has sent its end, 'finished' once the last message is out, too. */
  state: 'open' | 'ended' | 'finished' = 'open';
  /** When the message that is coming began, 0 between messages. */
  messageMs = 0;
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
   * The next message.
   * @returns It, or `undefined` where it has not come as a whole.
   * @throws {FramingError} Where it is too long, or not in the framing's form.
   */
  next(): Buffer | undefined {
    if (this.state === 'finished') return undefined;
    let message = this.#decoder.next();
    if (message === undefined && this.state === 'ended') {
      message = this.#decoder.end();
      if (message === undefined) this.state = 'finished';
    }
    return message;
  }

  /**
   * All the messages that have come as a whole, at once.
   * @param frames Filled in, anew.
   * @throws {FramingError} Where there is none, but what is too long, or not in the framing's form.
   */
  fill(frames: Frames): void {
    if (this.state !== 'finished') this.#decoder.fill(frames);
    if (frames.count > 0 || this.state !== 'ended') return;
    const last = this.next();
    if (last === undefined) return;
    frames.begin(last);
    frames.add(0, last.length);
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
