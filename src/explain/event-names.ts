import * as selectConstants from '../system/constants/select.ts';

const values: Readonly<Record<string, number>> = selectConstants;

// First the bits of the readiness table in its order, then the other bits.
const EVENTS = 'IN PRI OUT ERR HUP NVAL RDHUP RDNORM RDBAND WRNORM WRBAND MSG'.split(' ');
const MODES = ['EXCLUSIVE', 'ONESHOT', 'ET'];

/** Writes POLL* or EPOLL* bits in words: 'IN OUT'. */
export function eventNames(mask: number): string {
  return EVENTS.filter((name) => (mask & values[`POLL${name}`]!) !== 0).join(' ');
}

/**
 * Writes an interest (POLL* or EPOLL* bits) in words: 'IN OUT ET', or '0' if it is empty. Omits ERR and HUP, which the
 * kernel adds to every interest.
 */
export function interestNames(mask: number): string {
  const asked = mask & ~(values.EPOLLERR! | values.EPOLLHUP!);
  const modes = MODES.filter((name) => (mask & values[`EPOLL${name}`]!) !== 0);
  const words = [eventNames(asked), ...modes].filter((text) => text !== '');
  return words.length === 0 ? '0' : words.join(' ');
}
