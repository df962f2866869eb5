/** `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`;
}

/** `1 byte`, `2,000 bytes`. */
export function countText(count: number, noun: string): string {
  return `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `once`, `20 times`. */
export function timesText(count: number): string {
  return count === 1 ? 'once' : `${numberText(count)} times`;
}

// Making a format takes longer than using it a hundred times.
const FORMATS = [0, 1, 2].map(
  (digits) => new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);

/** `2,000`. */
export function numberText(count: number): string {
  return FORMATS[0]!.format(count);
}

/** `0.41 ms`, `41.2 ms`, `412 ms`, `1,000 ms`. */
export function msText(ms: number): string {
  const digits = ms === 0 || ms >= 100 ? 0 : ms >= 10 ? 1 : 2;
  return `${FORMATS[digits]!.format(ms)} ms`;
}

// The errors that calls on sockets return, by their numbers on Linux.
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

/** The name of a negative result: `EAGAIN`; `errno 5` when this table has no name for it. */
export function errorName(result: number): string {
  return ERRNO[-result] ?? `errno ${-result}`;
}

/** Returns each name once, with how often it occurs. */
export function countNames(names: readonly string[]): [name: string, count: number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}

/** Names come from a file that anybody may have written, so inherited properties must not match. */
export function own<V>(table: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
