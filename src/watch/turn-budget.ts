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
   * Lets time pass.
   * @param nowMs The time, on the clock of `performance.now()`.
   */
  pass(nowMs: number): void {
    const earned = ((nowMs - this.#nowMs) / 1e3) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + (earned || 0));
    this.#nowMs = nowMs;
  }

  /** Whether there is one. */
  get hasOne(): boolean {
    return this.#left >= 1;
  }

  /** Takes one that there is. */
  take(): void {
    this.#left--;
  }
}
