/** One of the three sets, under all of its names. */
export interface EventKind {
  /** Its EVENT_* bit. */
  readonly bit: number;
  /** Its letter. */
  readonly letter: 'R' | 'W' | 'X';
  /** What an fd in it is. */
  readonly word: string;
  /** select's argument. */
  readonly set: string;
  /** The end of its name in the masks of poll and epoll. */
  readonly mask: string;
  /** Its bit in them. */
  readonly raw: number;
}

/** The three sets, in select's order. */
export const EVENT_KINDS: readonly EventKind[] = [
  { bit: 1, letter: 'R', word: 'readable', set: 'readfds', mask: 'IN', raw: 1 },
  { bit: 2, letter: 'W', word: 'writable', set: 'writefds', mask: 'OUT', raw: 4 },
  { bit: 4, letter: 'X', word: 'exceptional', set: 'exceptfds', mask: 'PRI', raw: 2 },
];

/**
 * The sets that some events belong to.
 * @param events EVENT_* bits.
 * @returns The kinds, in select's order.
 */
export function kindsOf(events: number): EventKind[] {
  return EVENT_KINDS.filter(({ bit }) => (events & bit) !== 0);
}

/**
 * Events in words.
 * @param events EVENT_* bits.
 * @returns `readable and writable`; `nothing` for 0.
 */
export function eventWords(events: number): string {
  return listText(kindsOf(events).map(({ word }) => word)) || 'nothing';
}

/**
 * A mask as a program spells it.
 * @param prefix 'POLL' or 'EPOLL'.
 * @param events EVENT_* bits.
 * @returns `POLLIN|POLLOUT`; `0` for none.
 */
export function maskText(prefix: string, events: number): string {
  return (
    kindsOf(events)
      .map(({ mask }) => prefix + mask)
      .join('|') || '0'
  );
}

/**
 * A list in words.
 * @param items The items.
 * @returns `a, b and c`.
 */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

/**
 * A number with its noun.
 * @param count The number.
 * @param noun The noun, in the singular.
 * @returns `1 byte`, `2,000 bytes`.
 */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

// To make one takes longer than to use it a hundred times.
const FORMATS = [0, 1, 2].map(
  (digits) => new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/**
 * A whole number.
 * @param count The number.
 * @returns `2,000`.
 */
export function numberText(count: number): string {
  return FORMATS[0]!.format(count);
}

/**
 * A time in ms.
 * @param ms The time.
 * @returns `0.41 ms`, `41.2 ms`, `412 ms` or `1,000 ms`.
 */
export function msText(ms: number): string {
  const digits = ms === 0 || ms >= 100 ? 0 : ms >= 10 ? 1 : 2;
  return `${FORMATS[digits]!.format(ms)} ms`;
}

// The errors that calls on sockets give, by Linux's numbers.
const ERRNO: Readonly<Record<number, string>> = {
  4: 'EINTR',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  23: 'ENFILE',
  24: 'EMFILE',
  32: 'EPIPE',
  103: 'ECONNABORTED',
  104: 'ECONNRESET',
  105: 'ENOBUFS',
  107: 'ENOTCONN',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
};

/**
 * The name of a call's error.
 * @param result What the call gave, negative.
 * @returns `EAGAIN`; `errno 5` where this page has no name for it.
 */
export function errorName(result: number): string {
  return ERRNO[-result] ?? `errno ${-result}`;
}

/**
 * Counts calls by their names.
 * @param calls The calls, each with its name first.
 * @returns Names with numbers, in the order of their first calls.
 */
export function countCalls(calls: readonly (readonly [call: string, ...rest: unknown[]])[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const [call] of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  return [...counts];
}
