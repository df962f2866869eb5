import { EVENT_KINDS, kindsOf } from './event-kinds.ts';
import type { TurnState } from './timeline.ts';
import { bitmapBytes, type CtlCall } from './work.ts';

/** What a turn asked and got: all that its mechanics depend on. */
export type Question = Pick<TurnState, 'interest' | 'ready' | 'revents' | 'ctl' | 'nodeFd'>;

/** One of select's sets: fd n is bit n % 32 of word n / 32. */
export interface Bitmap {
  /** The argument's name. */
  readonly name: string;
  /** What the program passes; `null` for an empty set. */
  readonly before: Uint32Array | null;
  /** What the kernel leaves there. */
  readonly after: Uint32Array | null;
}

/** A turn as select(2) makes it. */
export interface SelectCall {
  /** The highest fd plus 1. */
  readonly nfds: number;
  /** readfds, writefds, exceptfds. */
  readonly sets: readonly Bitmap[];
  /** What it returns: the bits that are set. */
  readonly result: number;
}

/** A struct pollfd. */
export interface PollEntry {
  /** The fd. */
  readonly fd: number;
  /** What is asked, as EVENT_* bits. */
  readonly events: number;
  /** What the kernel writes, in its own bits. */
  readonly revents: number;
}

/** A turn as poll(2) makes it. */
export interface PollCall {
  /** The table. */
  readonly entries: readonly PollEntry[];
  /** What it returns: the entries with revents. */
  readonly result: number;
}

/** A turn as epoll(7) makes it. */
export interface EpollCall {
  /** What the kernel was told since the wait before. */
  readonly ctl: readonly CtlCall[];
  /** What the kernel keeps from call to call, Node's fd in it. */
  readonly interest: ReadonlyMap<number, number>;
  /** What epoll_wait copies from the ready list, in the kernel's own bits. */
  readonly ready: ReadonlyMap<number, number>;
}

/**
 * A turn as select's three bitmaps. Node's own fd is asked for beside the program's, and not returned.
 * @param question The turn.
 * @returns The call.
 * @see select(2)
 */
export function asSelect(question: Question): SelectCall {
  const { interest, ready, nodeFd } = question;
  const asked = withNode(interest, nodeFd);
  const nfds = Math.max(-1, ...asked.keys()) + 1;
  const sets = EVENT_KINDS.map(({ bit, set }) => {
    const some = [...asked.values()].some((events) => (events & bit) !== 0);
    return { name: set, before: some ? bitmap(asked, bit, nfds) : null, after: some ? bitmap(ready, bit, nfds) : null };
  });
  const result = [...ready.values()].reduce((sum, events) => sum + kindsOf(events).length, 0);
  return { nfds, sets, result };
}

/**
 * A turn as poll's table, with the recorded bits: poll reports hang-ups and errors, asked for or not.
 * @param question The turn.
 * @returns The call.
 * @see poll(2)
 */
export function asPoll(question: Question): PollCall {
  const { interest, nodeFd } = question;
  const found = rawFound(question);
  const entries = [...withNode(interest, nodeFd)].map(([fd, events]) => ({ fd, events, revents: found.get(fd) ?? 0 }));
  return { entries, result: entries.filter(({ revents }) => revents !== 0).length };
}

/**
 * A turn as epoll's two lists. Node's own loop is an epoll too, and one more fd of the interest list.
 * @param question The turn.
 * @returns The call.
 * @see epoll(7)
 */
export function asEpoll(question: Question): EpollCall {
  const { ctl, interest, nodeFd } = question;
  return { ctl, interest: withNode(interest, nodeFd), ready: rawFound(question) };
}

/**
 * Whether an fd is in a bitmap.
 * @param words The bitmap.
 * @param fd The fd.
 * @returns Whether its bit is set.
 */
export function hasBit(words: Uint32Array | null, fd: number): boolean {
  return words !== null && ((words[fd >>> 5] ?? 0) & (1 << (fd & 31))) !== 0;
}

// Where the bits are not recorded, they are those of the sets that it came back in.
function rawFound({ ready, revents }: Question): Map<number, number> {
  const raw = (fd: number, events: number): number =>
    revents.get(fd) ?? kindsOf(events).reduce((bits, { raw: bit }) => bits | bit, 0);
  return new Map([...ready].map(([fd, events]) => [fd, raw(fd, events)]));
}

// Node's comes first, as in the table that is passed to poll.
function withNode(interest: ReadonlyMap<number, number>, nodeFd: number): Map<number, number> {
  return new Map(nodeFd < 0 ? interest : [[nodeFd, 1], ...interest]);
}

function bitmap(members: ReadonlyMap<number, number>, bit: number, nfds: number): Uint32Array {
  const words = new Uint32Array(bitmapBytes(nfds) / 4);
  for (const [fd, events] of members) if ((events & bit) !== 0) words[fd >>> 5]! |= 1 << (fd & 31);
  return words;
}
