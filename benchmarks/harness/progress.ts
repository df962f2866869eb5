import { durationText } from './numbers.ts';

const QUIET_INTERVAL_MS = 20_000;
// After this time the measured speed corrects the estimate.
const SETTLED_SECONDS = 5;

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows the current run and the remaining time: on one line of a terminal, or from time to time. */
export class Progress {
  readonly #totalSeconds: number;
  readonly #output: Output;
  readonly #startedMs = performance.now();
  #shownMs = -Infinity;

  constructor(totalSeconds: number, output: Output) {
    this.#totalSeconds = totalSeconds;
    this.#output = output;
  }

  /** A run starts. `estimatedDoneSeconds` is the estimated time of all runs before it. */
  runStarts(what: string, estimatedDoneSeconds: number): void {
    const now = performance.now();
    const isTerminal = this.#output.isTTY === true;
    if (!isTerminal && now - this.#shownMs < QUIET_INTERVAL_MS) return;
    this.#shownMs = now;
    const pace = estimatedDoneSeconds < SETTLED_SECONDS ? 1 : (now - this.#startedMs) / 1e3 / estimatedDoneSeconds;
    const percent = Math.floor((estimatedDoneSeconds / this.#totalSeconds) * 100);
    const remaining = durationText((this.#totalSeconds - estimatedDoneSeconds) * pace);
    const line = `bench: ${percent} %, ${remaining} left: ${what}`;
    this.#output.write(isTerminal ? `\r\x1b[K${line.slice(0, (this.#output.columns ?? 80) - 1)}` : `${line}\n`);
  }

  /** Prints a line that stays. */
  say(text: string): void {
    this.#output.write(`${this.#clearing()}bench: ${text}\n`);
  }

  /** Clears the line of the terminal. */
  end(): void {
    this.#output.write(this.#clearing());
  }

  #clearing(): string {
    return this.#output.isTTY === true ? '\r\x1b[K' : '';
  }
}
