import type { Clock } from './loop/clock.ts';

/**
 * A pause after an error that goes away by itself after some time. The socket stays ready meanwhile, so the loop would spin if
 * it went on waiting for it. Each further pause is twice as long as the one before, until `reset`.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #firstMs: number;
  readonly #longestMs: number;
  #pauseMs = 0;
  #endMs = 0;

  constructor(clock: Clock, firstMs: number, longestMs: number) {
    this.#clock = clock;
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** How long the pause still lasts, in ms; 0 when there is none. */
  get remainingMs(): number {
    return this.#endMs === 0 ? 0 : Math.max(0, this.#endMs - this.#clock.nowMs());
  }

  start(): void {
    this.#pauseMs = Math.min(Math.max(this.#firstMs, this.#pauseMs * 2), this.#longestMs);
    this.#endMs = this.#clock.nowMs() + this.#pauseMs;
  }

  /** Ends the pause early. The next pause is longer in spite of that. */
  end(): void {
    this.#endMs = 0;
  }

  /** Makes the next pause as short as the first. */
  reset(): void {
    this.#pauseMs = 0;
  }
}
