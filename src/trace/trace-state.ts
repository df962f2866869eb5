import type { FdState, TracedFd, TraceLine, TurnLine } from './format.ts';

/** The state after a number of lines. A turn line has only the changes, so a reader has to add them up. */
export class TraceState {
  /** The open fds, by number. */
  readonly fds = new Map<number, TracedFd>();
  /** The EVENT_* bits that the loop watches, by fd. */
  readonly interest = new Map<number, number>();
  readonly states = new Map<number, FdState>();
  /** The number of turns, including those that were not recorded. */
  turns = 0;

  constructor(fds: readonly TracedFd[] = []) {
    for (const fd of fds) this.fds.set(fd.fd, fd);
  }

  apply(line: TraceLine): void {
    if (line.type === 'turn') this.#applyTurn(line);
    else if (line.type === 'open') this.fds.set(line.fd, { fd: line.fd, what: line.what, name: line.name });
    else if (line.type === 'close') {
      this.fds.delete(line.fd);
      this.states.delete(line.fd);
    }
  }

  /** Completes the next turn for a reader that has not seen the turns before it: to this reader they count as skipped. */
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
    for (const [fd, fdState] of state) this.states.set(fd, fdState);
  }
}

/** Returns the fds whose events differ, with 0 for those that are not watched any more, and updates `before`. */
export function interestChanges(
  before: Map<number, number>,
  now: readonly (readonly [fd: number, events: number])[],
): [fd: number, events: number][] {
  const watched = new Map(now);
  const removed = [...before.keys()].filter((fd) => !watched.has(fd)).map((fd): [number, number] => [fd, 0]);
  const changed = [...watched].filter(([fd, events]) => before.get(fd) !== events);
  for (const [fd] of removed) before.delete(fd);
  for (const [fd, events] of changed) before.set(fd, events);
  return [...removed, ...changed];
}
