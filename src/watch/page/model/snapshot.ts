import type { FdName, FdState, HappeningLine, TurnLine } from './trace-line.ts';
import type { CtlCall } from './work.ts';

/** What changes from turn to turn. */
export interface Snapshot {
  /** The open fds. */
  readonly fds: Map<number, FdName>;
  /** What is asked, as EVENT_* bits. */
  readonly interest: Map<number, number>;
  /** The queues. */
  readonly queues: Map<number, FdState>;
}

/**
 * Brings a snapshot to the end of the wait of a turn.
 * @param now The snapshot, which is changed.
 * @param between What happened since the wait of the turn before.
 * @param turn The turn.
 * @returns What epoll would have been told on the way.
 */
export function advance(now: Snapshot, between: readonly HappeningLine[], turn: TurnLine): CtlCall[] {
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
  for (const [fd, state] of turn.state ?? []) now.queues.set(fd, withTcp(state, now.queues.get(fd)));
  return changeInterest(now.interest, turn, opened);
}

/**
 * Copies a snapshot.
 * @param snapshot It.
 * @returns Another that changes on its own.
 */
export function copyOf(snapshot: Snapshot): Snapshot {
  const { fds, interest, queues } = snapshot;
  return { fds: new Map(fds), interest: new Map(interest), queues: new Map(queues) };
}

/**
 * Sorts by fd.
 * @param map Something of each fd.
 * @returns The same, the lowest fd first.
 */
export function sorted<V>(map: ReadonlyMap<number, V>): Map<number, V> {
  return new Map([...map].sort(([a], [b]) => a - b));
}

/**
 * What was asked at the end of a wait. A handler may have added to it while the loop waited: a trace has that only with the
 * next turn, but what came back was asked for.
 * @param interest What was asked as far as the trace has it.
 * @param turn The turn.
 * @returns What was asked.
 */
export function askedAtEnd(interest: ReadonlyMap<number, number>, turn: TurnLine): ReadonlyMap<number, number> {
  const { ready = [] } = turn;
  const late = ready.filter(([fd, events]) => (events & ~(interest.get(fd) ?? 0)) !== 0);
  if (late.length === 0) return interest;
  const asked = new Map(interest);
  for (const [fd, events] of late) asked.set(fd, (asked.get(fd) ?? 0) | events);
  return asked;
}

/**
 * What came back.
 * @param turn The turn.
 * @returns EVENT_* bits of each fd, and the raw bits of those of which they are recorded.
 */
export function foundBy(turn: TurnLine): Readonly<Record<'ready' | 'revents', Map<number, number>>> {
  const { ready = [] } = turn;
  const raw = ready.flatMap(([fd, , revents]) => (revents === undefined ? [] : [[fd, revents] as const]));
  return { ready: new Map(ready.map(([fd, events]) => [fd, events])), revents: new Map(raw) };
}

// The numbers are told as a whole, what is left out is 0; a connection is never without a state that it had.
function withTcp(state: FdState, before: FdState | undefined): FdState {
  return state.tcp === undefined && before?.tcp !== undefined ? { ...state, tcp: before.tcp } : state;
}

// A number that is used again is another file: epoll forgot the old one.
function changeInterest(interest: Map<number, number>, turn: TurnLine, opened: ReadonlySet<number>): CtlCall[] {
  const changes = new Map(turn.interest ?? []);
  for (const fd of opened) if (interest.has(fd) && !changes.has(fd)) changes.set(fd, interest.get(fd)!);
  const calls: CtlCall[] = [];
  for (const [fd, events] of changes) {
    const known = interest.has(fd);
    const again = known && opened.has(fd);
    if (known && (events === 0 || again)) calls.push({ op: 'DEL', fd, events: 0 });
    if (events !== 0) calls.push({ op: known && !again ? 'MOD' : 'ADD', fd, events });
    if (events === 0) interest.delete(fd);
    else interest.set(fd, events);
  }
  return calls;
}
