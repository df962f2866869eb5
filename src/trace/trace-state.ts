import type { FdState, TracedEvents, TracedFd, TraceLine, TurnLine } from './format.ts';

/** What the lines of a trace, taken one after the other, come to: a turn says only what has changed. */
export class TraceState {
  /** The fds that are open, by number. */
  readonly fds = new Map<number, TracedFd>();
  /** What is asked for, by fd. */
  readonly interest = new Map<number, number>();
  /** What waits, by fd. */
  readonly states = new Map<number, FdState>();
  /** How many turns there were, those that are not in the trace included. */
  turns = 0;

  /** @param fds Those that are open already. */
  constructor(fds: readonly TracedFd[] = []) {
    for (const fd of fds) this.fds.set(fd.fd, fd);
  }

  /**
   * Takes the next line.
   * @param line The line.
   */
  apply(line: TraceLine): void {
    switch (line.type) {
      case 'turn':
        this.#applyTurn(line);
        break;
      case 'open':
        this.fds.set(line.fd, { fd: line.fd, what: line.what, name: line.name });
        break;
      case 'close':
        this.fds.delete(line.fd);
        this.states.delete(line.fd);
        break;
      default:
    }
  }

  /**
   * A turn for somebody who has not seen those before it.
   * @param next The turn that comes next.
   * @returns It, with all that is asked for and known, and those before it as skipped.
   */
  keyframe(next: TurnLine): TurnLine {
    const interest = new Map([...this.interest, ...next.interest]);
    const states = new Map([...this.states, ...next.state]);
    const skipped = this.turns + (next.skipped ?? 0);
    return {
      ...next,
      interest: [...interest].filter(([, events]) => events !== 0),
      state: [...states],
      ...(skipped > 0 ? { skipped } : {}),
    };
  }

  #applyTurn({ interest, state, skipped = 0 }: TurnLine): void {
    this.turns += 1 + skipped;
    for (const [fd, events] of interest) {
      if (events === 0) this.interest.delete(fd);
      else this.interest.set(fd, events);
    }
    for (const [fd, of] of state) this.states.set(fd, of);
  }
}

/**
 * What has changed in what is asked for.
 * @param before What was asked for, by fd; brought up to date.
 * @param now What is asked for now.
 * @returns The fds whose events differ, with 0 for those that are asked for no more.
 */
export function interestChanges(
  before: Map<number, number>,
  now: readonly (readonly [number, number])[],
): TracedEvents[] {
  const changes: TracedEvents[] = [];
  const asked = new Map(now);
  for (const fd of before.keys()) {
    if (asked.has(fd)) continue;
    before.delete(fd);
    changes.push([fd, 0]);
  }
  for (const [fd, events] of asked) {
    if (before.get(fd) === events) continue;
    before.set(fd, events);
    changes.push([fd, events]);
  }
  return changes;
}
