/** How many turns a second are recorded when the user does not choose. */
export const turnsPerSecondDefault = 50;

/** A token bucket: it allows a number of turns a second on average, and as many at once. */
export class TurnRateLimit {
  readonly #perSecond: number;
  #tokens: number;
  #nowMs = performance.now();

  /** @param perSecond The number of turns; 0 for no limit. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond || Infinity;
    this.#tokens = this.#perSecond;
  }

  /** Returns whether one more turn is allowed now, and counts it. `nowMs` is a time of `performance.now()`. */
  allows(nowMs: number): boolean {
    const earned = ((nowMs - this.#nowMs) / 1e3) * this.#perSecond;
    // No time passed and no limit: 0 * Infinity is NaN.
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (earned || 0));
    this.#nowMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
