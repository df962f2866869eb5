import { errorCode } from '../../system/errors.ts';
import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE, toMask } from '../../selectors/event-mask.ts';
import type { Backend } from '../loop/wait-set/backend.ts';

/** An fd and EVENT_* bits. */
export type FdEvents = readonly [fd: number, events: number];

/**
 * An fd that is ready: EVENT_* bits, and the bits of poll(2), which are those of epoll(7): POLLIN, POLLHUP, EPOLLRDHUP. With
 * select, which has no such bits, it is what a poll(2) of that fd says right after it.
 */
export type ReadyFd = readonly [fd: number, events: number, revents: number];

/** What was done in a turn: the call, its fd, and what it gave: a count, an fd, or -errno. */
export interface TurnAction {
  /** The call. */
  readonly call: 'accept' | 'recv' | 'send' | 'close' | 'message';
  /** The fd that it was made on. */
  readonly fd: number;
  /** What it gave; the length, for a message. */
  readonly result: number;
}

/** One turn of the loop: what was asked, how long it took, what was found, and what was done then. */
export interface TurnRecord {
  /** The system call that waited. */
  readonly call: Backend;
  /** The fds and the events that were asked for. */
  readonly asked: readonly FdEvents[];
  /** The longest wait, in seconds. */
  readonly timeoutSeconds: number;
  /** The fds that were ready, with what they were ready for. */
  readonly ready: readonly ReadyFd[];
  /** Whether the wait was ended early: by `shutdown`, a client that left meanwhile, or an fd that was found closed. */
  readonly woken: boolean;
  /** When the wait began, in ms on the clock of `performance.now()`. */
  readonly beganMs: number;
  /** How long the wait took, in seconds. */
  readonly tookSeconds: number;
  /** The fd that Node's own loop is, in the wait beside ours; -1 in the blocking form. */
  readonly nodeFd: number;
  /** How often the wait was left for Node's own loop: a timer, a promise, a signal. It then went on. */
  readonly nodeWakes: number;
  /** When it was, in ms since the wait began; of the first 16. */
  readonly wakes: readonly number[];
  /** What was done until the next wait; first what a timer or promise did while this one was made ready. */
  readonly did: TurnAction[];
  /** How many turns before this one nobody wanted. */
  readonly skipped: number;
  /** How often each call was made in them. */
  readonly skippedDid: Readonly<Partial<Record<TurnAction['call'], number>>>;
}

/** What the text of a turn is made of. */
export interface PrintedTurn extends Pick<
  TurnRecord,
  'call' | 'asked' | 'timeoutSeconds' | 'woken' | 'tookSeconds' | 'did'
> {
  /** As in the record; a trace may have no bits of poll(2). */
  readonly ready: readonly PrintedFd[];
}

type PrintedFd = readonly [fd: number, events: number, revents?: number];

/**
 * A turn as strace would print it, with what was done below.
 * @param turn The turn.
 * @returns Lines, without the last newline: `select(9, [4 6 8], [], [4 6 8], 1.000) = 1 (in [6]) 0.412 s`.
 */
export function traceText(turn: PrintedTurn): string {
  const lines = turn.did.map(({ call, fd, result }) => `  ${actionText(call, fd, result)}`);
  return [`${callText[turn.call](turn)} ${turn.tookSeconds.toFixed(3)} s`, ...lines].join('\n');
}

const callText: Readonly<Record<Backend, (turn: PrintedTurn) => string>> = {
  select({ asked, timeoutSeconds, ready, woken }) {
    const highest = Math.max(-1, ...asked.map(([fd]) => fd));
    const [r, w, x] = EVENTS.map(([bit]) => setText(asked, bit));
    const found = EVENTS.map(([bit, name]) => [name, setText(ready, bit)] as const).filter(([, set]) => set !== '[]');
    const count = ready.reduce((sum, [, events]) => sum + EVENTS.filter(([bit]) => (events & bit) !== 0).length, 0);
    const result = found.map(([name, set]) => `${name} ${set}`).join(', ');
    return `select(${highest + 1}, ${r}, ${w}, ${x}, ${timeoutSeconds.toFixed(3)}) = ${count} (${result || nothingText(woken)})`;
  },
  poll: (turn) => tableText('poll', 'POLL', 'revents', turn),
  epoll: (turn) => tableText('epoll_wait', 'EPOLL', 'events', turn),
};

// Each event with its set of select.
const EVENTS = [
  [EVENT_READ, 'in'],
  [EVENT_WRITE, 'out'],
  [EVENT_EXCEPTIONAL, 'exc'],
] as const;

// The bits of poll(2) and epoll(7) that Linux tells without having been asked for others.
const BITS = [
  [0x1, 'IN'],
  [0x2, 'PRI'],
  [0x4, 'OUT'],
  [0x8, 'ERR'],
  [0x10, 'HUP'],
  [0x20, 'NVAL'],
  [0x2000, 'RDHUP'],
] as const;

function tableText(call: string, prefix: string, found: string, turn: PrintedTurn): string {
  const { asked, timeoutSeconds, ready, woken } = turn;
  const text = (fds: readonly PrintedFd[], name: string): string =>
    `[${fds.map(([fd, events, mask]) => `{fd=${fd}, ${name}=${maskText(prefix, mask ?? toMask(events))}}`).join(', ')}]`;
  const result = ready.length === 0 ? nothingText(woken) : text(ready, found);
  const timeoutMs = Math.ceil(timeoutSeconds * 1e3);
  return `${call}(${text(asked, 'events')}, ${asked.length}, ${timeoutMs}) = ${ready.length} (${result})`;
}

function nothingText(woken: boolean): string {
  return woken ? 'woken' : 'timeout';
}

function setText(fds: readonly PrintedFd[], bit: number): string {
  const members = fds.filter(([, events]) => (events & bit) !== 0).map(([fd]) => fd);
  return `[${members.sort((a, b) => a - b).join(' ')}]`;
}

function maskText(prefix: string, mask: number): string {
  const known = BITS.filter(([bit]) => (mask & bit) !== 0);
  const rest = known.reduce((left, [bit]) => left & ~bit, mask);
  const names = known.map(([, name]) => prefix + name);
  return [...names, ...(rest === 0 ? [] : [`0x${(rest >>> 0).toString(16)}`])].join('|') || '0';
}

function actionText(call: TurnAction['call'], fd: number, result: number): string {
  switch (call) {
    case 'message':
      return `message of ${result} byte${result === 1 ? '' : 's'} from ${fd}`;
    case 'close':
      return `close(${fd})`;
    default:
      return `${call}(${fd}) = ${result < 0 ? `-1 ${errorCode(result)}` : result}`;
  }
}
