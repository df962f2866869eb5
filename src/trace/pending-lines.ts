import type { ActionLine, CloseLine, HoldLine, OpenLine, SignalLine } from './format.ts';

/** What happens between the turns. */
export type LifeLine = OpenLine | CloseLine | SignalLine | ActionLine | HoldLine;

/**
 * What happened in the present turn, and what happened in those that were skipped. A client that has come and gone in
 * skipped turns is nowhere in the trace: a busy server would fill it with them.
 */
export class LifeEvents {
  #present: LifeLine[] = [];
  readonly #held = new Map<string, LifeLine>();
  #others = 0;

  /**
   * Something happened in the present turn.
   * @param line What.
   */
  add(line: LifeLine): void {
    this.#present.push(line);
  }

  /** The present turn is skipped. */
  hold(): void {
    for (const line of this.#present) this.#hold(line);
    this.#present = [];
  }

  /**
   * Takes what happened in the present turn.
   * @returns It.
   */
  take(): LifeLine[] {
    const present = this.#present;
    this.#present = [];
    return present;
  }

  /**
   * Takes what happened in skipped turns.
   * @returns It.
   */
  takeHeld(): LifeLine[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }

  #hold(line: LifeLine): void {
    if (line.type === 'close' && this.#held.delete(`open ${line.fd}`)) return;
    const isLife = line.type === 'open' || line.type === 'close';
    this.#held.set(isLife ? `${line.type} ${line.fd}` : `other ${this.#others++}`, line);
  }
}
