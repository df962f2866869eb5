import { durationText } from './numbers.ts';

const QUIET_INTERVAL_MS = 20_000;
// Until then the estimate is not corrected by what was measured.
const SETTLED_SECONDS = 5;

/** Where something can be shown. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Says what is going on, and how long it will take still: on one line of a terminal, or now and then. */
export class Progress {
  readonly #totalSeconds: number;
  readonly #output: Output;
  readonly #beganMs = performance.now();
  #saidMs = -Infinity;

  constructor(totalSeconds: number, output: Output) {
    this.#totalSeconds = totalSeconds;
    this.#output = output;
  }

  /** A step begins; those before it were thought to take so long. */
  begin(what: string, estimatedDone: number): void {
    const now = performance.now();
    const isTerminal = this.#output.isTTY === true;
    if (!isTerminal && now - this.#saidMs < QUIET_INTERVAL_MS) return;
    this.#saidMs = now;
    const pace = estimatedDone < SETTLED_SECONDS ? 1 : (now - this.#beganMs) / 1e3 / estimatedDone;
    const percent = Math.floor((estimatedDone / this.#totalSeconds) * 100);
    const left = durationText((this.#totalSeconds - estimatedDone) * pace);
    const line = `bench: ${percent} %, ${left} left: ${what}`;
    this.#output.write(isTerminal ? `\r\x1b[K${line.slice(0, (this.#output.columns ?? 80) - 1)}` : `${line}\n`);
  }

  /** Says something that stays. */
  say(text: string): void {
    this.#output.write(`${this.#clearing()}bench: ${text}\n`);
  }

  /** Leaves the line to others. */
  end(): void {
    this.#output.write(this.#clearing());
  }

  #clearing(): string {
    return this.#output.isTTY === true ? '\r\x1b[K' : '';
  }
}
