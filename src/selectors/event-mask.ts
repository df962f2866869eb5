import { POLLIN, POLLOUT, POLLPRI } from '../system/constants/select.ts';

/** Wait until the file can be read: data, a connection to accept, end of input, an error. */
export const EVENT_READ = 1;
/** Wait until the file can be written, or an error. */
export const EVENT_WRITE = 2;
/** Wait for an exceptional condition: an urgent byte. Python's selectors have no such event. */
export const EVENT_EXCEPTIONAL = 4;

/**
 * What poll and epoll are asked; their masks agree, POLLIN is EPOLLIN and so on.
 * @param events EVENT_* bits.
 * @returns POLL* bits.
 */
export function toMask(events: number): number {
  return (
    ((events & EVENT_READ) !== 0 ? POLLIN : 0) |
    ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0) |
    ((events & EVENT_EXCEPTIONAL) !== 0 ? POLLPRI : 0)
  );
}

/**
 * What poll or epoll has found. As in CPython, any bit but POLLOUT makes readable, any but POLLIN writable, so that HUP
 * and ERR wake both. POLLPRI has an event of its own here and makes neither.
 * @param mask POLL* bits.
 * @returns EVENT_* bits.
 */
export function toEvents(mask: number): number {
  return (
    ((mask & ~(POLLOUT | POLLPRI)) !== 0 ? EVENT_READ : 0) |
    ((mask & ~(POLLIN | POLLPRI)) !== 0 ? EVENT_WRITE : 0) |
    ((mask & POLLPRI) !== 0 ? EVENT_EXCEPTIONAL : 0)
  );
}
