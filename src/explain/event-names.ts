import * as selectConstants from '../system/constants/select.ts';

const values: Readonly<Record<string, number>> = selectConstants;

// The order in which the table of readiness writes the bits, then those that it does not mention.
const EVENTS = 'IN PRI OUT ERR HUP NVAL RDHUP RDNORM RDBAND WRNORM WRBAND MSG'.split(' ');
const MODES = ['EXCLUSIVE', 'ONESHOT', 'ET'];

/**
 * POLL* or EPOLL* bits in words.
 * @param mask The bits.
 * @returns 'IN OUT'.
 */
export function eventNames(mask: number): string {
  return EVENTS.filter((name) => (mask & values[`POLL${name}`]!) !== 0).join(' ');
}

/**
 * An interest in words.
 * @param mask POLL* or EPOLL* bits.
 * @returns 'IN OUT ET'; '0' for none. Without ERR and HUP, which the kernel adds to every interest.
 */
export function interestNames(mask: number): string {
  const asked = mask & ~(values.EPOLLERR! | values.EPOLLHUP!);
  const modes = MODES.filter((name) => (mask & values[`EPOLL${name}`]!) !== 0);
  const words = [eventNames(asked), ...modes].filter((text) => text !== '');
  return words.length === 0 ? '0' : words.join(' ');
}
