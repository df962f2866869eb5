import { POLLIN, POLLOUT, POLLPRI } from '../system/constants/select.ts';

/** Wait until the file is readable: there is data, a connection to accept, the end of the input, or an error. */
export const EVENT_READ = 1;
/** Wait until the file is writable, or has an error. */
export const EVENT_WRITE = 2;
/** Wait for an exceptional condition: an urgent byte. Python's selectors have no such event. */
export const EVENT_EXCEPTIONAL = 4;

/** Converts EVENT_* bits to POLL* bits, which have the same values as the EPOLL* bits. */
export function toMask(events: number): number {
  return (
    ((events & EVENT_READ) !== 0 ? POLLIN : 0) |
    ((events & EVENT_WRITE) !== 0 ? POLLOUT : 0) |
    (hasExceptional(events) ? POLLPRI : 0)
  );
}

// `modify` of PollSelector and EpollSelector takes any int, as CPython does: in -1, the bit 4 is not our event.
function hasExceptional(events: number): boolean {
  return (events & ~(EVENT_READ | EVENT_WRITE)) === EVENT_EXCEPTIONAL;
}

/**
 * Converts POLL* bits to EVENT_* bits. As in CPython, any bit except POLLOUT means readable and any bit except POLLIN
 * means writable, so that POLLHUP and POLLERR mean both. POLLPRI means neither, because it has an event of its own
 * here.
 */
export function toEvents(mask: number): number {
  return (
    ((mask & ~(POLLOUT | POLLPRI)) !== 0 ? EVENT_READ : 0) |
    ((mask & ~(POLLIN | POLLPRI)) !== 0 ? EVENT_WRITE : 0) |
    ((mask & POLLPRI) !== 0 ? EVENT_EXCEPTIONAL : 0)
  );
}
