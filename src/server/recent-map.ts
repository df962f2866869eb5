import type { Clock } from './loop/clock.ts';

const WINDOW_MS = 1000;

/** A map that forgets everything after a second, and earlier when it is full, because clients choose its keys. */
export class RecentMap<Value> {
  readonly #clock: Clock;
  readonly #maxSize: number;
  readonly #entries = new Map<string, Value>();
  #endMs = 0;

  constructor(clock: Clock, maxSize: number) {
    this.#clock = clock;
    this.#maxSize = maxSize;
  }

  /** Returns the entries of the present second, for use at once. */
  entries(): Map<string, Value> {
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#endMs || this.#entries.size >= this.#maxSize) {
      this.#entries.clear();
      this.#endMs = nowMs + WINDOW_MS;
    }
    return this.#entries;
  }
}
