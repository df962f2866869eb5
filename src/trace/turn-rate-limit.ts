/** How many turns a second are recorded where nobody says. */
export const turnsPerSecondDefault = 50;

/** So many turns a second, on average and at once. */
export class TurnBudget {
  readonly #perSecond: number;
  #left: number;
  #nowMs = performance.now();

  /** @param perSecond How many; 0 for all. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond || Infinity;
    this.#left = this.#perSecond;
  }

  /**
   * Takes a turn, where there is one.
   * @param nowMs The time, on the clock of `performance.now()`.
   * @returns Whether there was one.
   */
  take(nowMs: number): boolean {
    const earned = ((nowMs - this.#nowMs) / 1e3) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + (earned || 0));
    this.#nowMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
