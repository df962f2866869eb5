import type { EventLine, FdState, TracedFd, TurnLine } from '../../../trace/format.ts';
import type { CtlCall } from './work.ts';

/** The state that changes from turn to turn. */
export interface Snapshot {
  /** The open fds. */
  readonly fds: Map<number, TracedFd>;
  /** The EVENT_* bits that the loop watches, by fd. */
  readonly interest: Map<number, number>;
  readonly queues: Map<number, FdState>;
}

/**
 * Moves a snapshot to the end of the wait of a turn. `between` are the events since the wait before. Returns the calls of
 * epoll_ctl that a program with epoll makes in between.
 */
export function advance(now: Snapshot, between: readonly EventLine[], turn: TurnLine): CtlCall[] {
  const opened = new Set<number>();
  for (const line of between) {
    if (line.type === 'open') {
      now.fds.set(line.fd, line);
      opened.add(line.fd);
    } else if (line.type === 'close') {
      now.fds.delete(line.fd);
      now.queues.delete(line.fd);
    }
  }
  for (const [fd, state] of turn.state) now.queues.set(fd, keepTcp(state, now.queues.get(fd)));
  return changeInterest(now.interest, turn, opened);
}

export function copyOf({ fds, interest, queues }: Snapshot): Snapshot {
  return { fds: new Map(fds), interest: new Map(interest), queues: new Map(queues) };
}

export function sortedByFd<V>(map: ReadonlyMap<number, V>): Map<number, V> {
  return new Map([...map].sort(([a], [b]) => a - b));
}

/**
 * Returns what the call watched at the end of its wait. A handler may have added events during the wait: the trace has them only
 * in the next turn, but events that were returned must have been watched.
 */
export function watchedAtEnd(interest: ReadonlyMap<number, number>, { ready }: TurnLine): ReadonlyMap<number, number> {
  const late = ready.filter(([fd, events]) => (events & ~(interest.get(fd) ?? 0)) !== 0);
  if (late.length === 0) return interest;
  const watched = new Map(interest);
  for (const [fd, events] of late) watched.set(fd, (watched.get(fd) ?? 0) | events);
  return watched;
}

/** A state line replaces all numbers, but a TCP connection keeps its state when the line has none. */
function keepTcp(state: FdState, before: FdState | undefined): FdState {
  return state.tcp === undefined && before?.tcp !== undefined ? { ...state, tcp: before.tcp } : state;
}

/** An fd number that is used again is another file: epoll has removed the old file at its close. */
function changeInterest(interest: Map<number, number>, turn: TurnLine, opened: ReadonlySet<number>): CtlCall[] {
  const changes = new Map(turn.interest);
  for (const fd of opened) if (interest.has(fd) && !changes.has(fd)) changes.set(fd, interest.get(fd)!);
  const calls: CtlCall[] = [];
  for (const [fd, events] of changes) {
    const known = interest.has(fd);
    const reused = known && opened.has(fd);
    if (known && (events === 0 || reused)) calls.push({ op: 'DEL', fd, events: 0 });
    if (events !== 0) calls.push({ op: known && !reused ? 'MOD' : 'ADD', fd, events });
    if (events === 0) interest.delete(fd);
    else interest.set(fd, events);
  }
  return calls;
}
