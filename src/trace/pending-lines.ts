import type { EventLine } from './format.ts';

/**
 * The event lines that are not written yet: those of the current turn, and those of skipped turns. A client that connects and
 * leaves within skipped turns does not appear in the trace, because a busy server would fill the trace with such clients.
 */
export class PendingLines {
  readonly #ofTurn: EventLine[] = [];
  readonly #ofSkipped = new Map<string, EventLine>();
  #keys = 0;

  add(line: EventLine): void {
    this.#ofTurn.push(line);
  }

  /** Moves the lines of the current turn to those of skipped turns. */
  skipTurn(): void {
    for (const line of this.takeTurn()) this.#skip(line);
  }

  /** Removes and returns the lines of the current turn. */
  takeTurn(): EventLine[] {
    return this.#ofTurn.splice(0);
  }

  /** Removes and returns the lines of skipped turns. */
  takeSkipped(): EventLine[] {
    const lines = [...this.#ofSkipped.values()];
    this.#ofSkipped.clear();
    return lines;
  }

  #skip(line: EventLine): void {
    if (line.type === 'close' && this.#ofSkipped.delete(`open ${line.fd}`)) return;
    const ofFd = line.type === 'open' || line.type === 'close';
    this.#ofSkipped.set(ofFd ? `${line.type} ${line.fd}` : `other ${this.#keys++}`, line);
  }
}
