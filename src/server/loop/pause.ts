// The longest timeout of a timer.
const MOST_MS = 2 ** 31 - 1;

/** Whether a loop may make turns: somebody may hold it between two of them, and let it make single ones. */
export class Hold {
  readonly #changed: (isHeld: boolean) => void;
  #turnsLeft = Infinity;
  #resting: { sinceMs: number; goOn: () => void; alive: NodeJS.Timeout } | undefined;
  #isTold = false;
  // Without the present rest.
  #restedMs = 0;

  /** @param changed Told when the loop rests for the first time, after what its last turn still does, and when it goes on. */
  constructor(changed: (isHeld: boolean) => void) {
    this.#changed = changed;
  }

  /** Whether the loop is held, or will be once its turn is over. */
  get isOn(): boolean {
    return this.#turnsLeft !== Infinity;
  }

  /** How long the loop has rested, in ms. */
  get restedMs(): number {
    return this.#restedMs + (this.#resting === undefined ? 0 : performance.now() - this.#resting.sinceMs);
  }

  /** Holds the loop. */
  begin(): void {
    this.#turnsLeft = 0;
  }

  /** Lets it make one more turn. */
  step(): void {
    this.#turnsLeft++;
    this.#goOn();
  }

  /** Lets it go on. */
  end(): void {
    this.#turnsLeft = Infinity;
    if (this.#isTold) {
      this.#isTold = false;
      this.#changed(false);
    }
    this.#goOn();
  }

  /**
   * The loop is about to make a turn.
   * @returns Whether it may.
   */
  letsPass(): boolean {
    if (this.#turnsLeft === 0) return false;
    this.#turnsLeft--;
    return true;
  }

  /**
   * The loop rests.
   * @param goOn What it does when it may go on.
   */
  rest(goOn: () => void): void {
    // Node stays alive for it, as it does while the loop waits.
    const alive = setInterval(() => undefined, MOST_MS);
    this.#resting = { sinceMs: performance.now(), goOn, alive };
    setImmediate(() => {
      if (this.#resting === undefined || this.#isTold) return;
      this.#isTold = true;
      this.#changed(true);
    });
  }

  #goOn(): void {
    const resting = this.#resting;
    if (resting === undefined) return;
    this.#restedMs = this.restedMs;
    this.#resting = undefined;
    clearInterval(resting.alive);
    resting.goOn();
  }
}
