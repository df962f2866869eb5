import { EVENT_KINDS, type EventKind, kindsOf } from './event-bits.ts';
import type { TurnState } from './timeline.ts';
import { bitmapBytes } from './work.ts';

/** The parts of a turn that decide how each call makes it. */
export type Question = Pick<TurnState, 'interest' | 'ready' | 'revents' | 'ctl' | 'nodeFd'>;

/** One of select's sets: fd n is bit n % 32 of word n / 32. */
export interface Bitmap {
  readonly name: string;
  readonly letter: EventKind['letter'];
  /** What the program passes; `null` for an empty set. */
  readonly before: Uint32Array | null;
  readonly after: Uint32Array | null;
}

/** A struct pollfd. */
export interface PollEntry {
  readonly fd: number;
  /** EVENT_* bits. */
  readonly events: number;
  /** Raw bits, which the kernel writes. */
  readonly revents: number;
}

/**
 * A turn with select. The call watches Node's own fd, too, and does not return it. The sets are readfds, writefds and exceptfds;
 * the result is the number of bits that are set in all three.
 * @see select(2)
 */
export function asSelect({ interest, ready, nodeFd }: Question) {
  const watched = withNode(interest, nodeFd);
  const nfds = Math.max(-1, ...watched.keys()) + 1;
  const sets = EVENT_KINDS.map(({ bit, letter, set }): Bitmap => {
    const isUsed = [...watched.values()].some((events) => (events & bit) !== 0);
    const bits = (events: ReadonlyMap<number, number>) => (isUsed ? bitmap(events, bit, nfds) : null);
    return { name: set, letter, before: bits(watched), after: bits(ready) };
  });
  const result = [...ready.values()].reduce((sum, events) => sum + kindsOf(events).length, 0);
  return { nfds, sets, result };
}

/**
 * A turn with poll and the recorded bits. poll reports hang-ups and errors whether or not the program asks for them. The result
 * is the number of entries with revents.
 * @see poll(2)
 */
export function asPoll(question: Question) {
  const { interest, nodeFd } = question;
  const found = rawReady(question);
  const entries = [...withNode(interest, nodeFd)].map(([fd, events]): PollEntry => ({
    fd,
    events,
    revents: found.get(fd) ?? 0,
  }));
  return { entries, result: entries.filter(({ revents }) => revents !== 0).length };
}

/**
 * A turn with epoll: the calls of epoll_ctl since the wait before, the list that the kernel keeps from call to call, and the raw
 * bits that epoll_wait copies from the ready list. Node's own event loop is one more fd of the interest list.
 * @see epoll(7)
 */
export function asEpoll(question: Question) {
  const { ctl, interest, nodeFd } = question;
  return { ctl, interest: withNode(interest, nodeFd), ready: rawReady(question) };
}

export function hasBit(words: Uint32Array | null, fd: number): boolean {
  return words !== null && ((words[fd >>> 5] ?? 0) & (1 << (fd & 31))) !== 0;
}

/** When the raw bits are not recorded, they are made from the EVENT_* bits. */
function rawReady({ ready, revents }: Question): Map<number, number> {
  const rawOf = (events: number): number => kindsOf(events).reduce((bits, { raw }) => bits | raw, 0);
  return new Map([...ready].map(([fd, events]) => [fd, revents.get(fd) ?? rawOf(events)]));
}

/** Node's fd comes first, as in the table that the server passes to poll. */
function withNode(interest: ReadonlyMap<number, number>, nodeFd: number): Map<number, number> {
  return new Map(nodeFd < 0 ? interest : [[nodeFd, 1], ...interest]);
}

function bitmap(members: ReadonlyMap<number, number>, bit: number, nfds: number): Uint32Array {
  const words = new Uint32Array(bitmapBytes(nfds) / 4);
  for (const [fd, events] of members) if ((events & bit) !== 0) words[fd >>> 5]! |= 1 << (fd & 31);
  return words;
}
