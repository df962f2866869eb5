import type { FdReady } from './trace-line.ts';

/** What the kernel did for a turn, or for many. */
export interface Work {
  /** System calls that waited: Node's own loop may have ended some, which were then made again. */
  readonly calls: number;
  /** What one look goes through: bits for select, entries for poll, items of the ready list for epoll. */
  readonly walked: number;
  /** The fds whose state it asked for in one look. A call that sleeps looks twice: before and after. */
  readonly checked: number;
  /** Bytes copied from the program. */
  readonly copiedIn: number;
  /** Bytes copied to the program. */
  readonly copiedOut: number;
  /** Calls of epoll_ctl since the wait before. */
  readonly ctl: number;
}

/** The same turns by each of the three calls. */
export type WorkOf = Readonly<Record<'select' | 'poll' | 'epoll', Work>>;

/** A call of epoll_ctl. */
export interface CtlCall {
  /** The operation. */
  readonly op: 'ADD' | 'MOD' | 'DEL';
  /** The fd. */
  readonly fd: number;
  /** EVENT_* bits; 0 for DEL. */
  readonly events: number;
}

/** What the work of a turn depends on. */
export interface Asked {
  /** What was asked, as EVENT_* bits. */
  readonly interest: ReadonlyMap<number, number>;
  /** What came back. */
  readonly ready: readonly FdReady[];
  /** What had come back in the turn before; nothing where that is not known. */
  readonly readyBefore: readonly FdReady[];
  /** The calls of epoll_ctl since the turn before. */
  readonly ctl: readonly CtlCall[];
  /** The fd of Node's own loop, -1 for none. */
  readonly nodeFd: number;
  /** How often Node's own loop ended the call. */
  readonly nodeWakes: number;
}

/** The size of a struct pollfd. */
export const POLLFD_BYTES = 8;
/** The size of the revents that poll writes back. */
export const REVENTS_BYTES = 2;
/** The size of a struct epoll_event, which is packed on x86-64. */
export const EPOLL_EVENT_BYTES = 12;

/** What the server passes to epoll_wait as `maxevents`: src/server/wait-set/epoll-set.ts. */
export const MOST_EVENTS = 1024;

const NO_WORK: Work = { calls: 0, walked: 0, checked: 0, copiedIn: 0, copiedOut: 0, ctl: 0 };

/** The work of no turn at all. */
export const NOTHING_DONE: WorkOf = { select: NO_WORK, poll: NO_WORK, epoll: NO_WORK };

/**
 * The bytes of each of select's bitmaps: whole longs, up to nfds.
 * @param nfds The highest fd plus 1.
 * @returns The bytes.
 * @see Linux, include/linux/poll.h and fs/select.c, `FDS_BYTES`
 */
export function bitmapBytes(nfds: number): number {
  return Math.ceil(nfds / 64) * 8;
}

/**
 * Counts the work of a turn, had it been made by each of the three calls.
 * @param asked The turn.
 * @returns The work.
 * @see Linux, fs/select.c, `core_sys_select` and `do_sys_poll`; fs/eventpoll.c, `ep_send_events`
 */
export function workOf(asked: Asked): WorkOf {
  const { interest, ready, ctl, nodeFd, nodeWakes } = asked;
  const calls = 1 + nodeWakes;
  let highest = nodeFd;
  let every = nodeFd < 0 ? 0 : 1;
  for (const [fd, events] of interest) {
    highest = Math.max(highest, fd);
    every |= events;
  }
  const sets = (every & 1) + ((every >> 1) & 1) + ((every >> 2) & 1);
  const setBytes = calls * sets * bitmapBytes(highest + 1);
  const fds = calls * (interest.size + (nodeFd < 0 ? 0 : 1));
  const changes = ctl.filter(({ op }) => op !== 'DEL').length;
  // A wake puts Node's fd on the list, and the wait after it looks at it once more.
  const listed = readyList(asked) + 2 * nodeWakes;
  return {
    select: {
      calls,
      walked: calls * sets * (highest + 1),
      checked: fds,
      copiedIn: setBytes,
      copiedOut: setBytes,
      ctl: 0,
    },
    poll: { calls, walked: fds, checked: fds, copiedIn: fds * POLLFD_BYTES, copiedOut: fds * REVENTS_BYTES, ctl: 0 },
    epoll: {
      calls,
      walked: listed,
      checked: listed,
      copiedIn: changes * EPOLL_EVENT_BYTES,
      copiedOut: (ready.length + nodeWakes) * EPOLL_EVENT_BYTES,
      ctl: ctl.length,
    },
  };
}

// A level-triggered fd that was returned goes back on the list, so the next wait looks at it once more. A number that has
// come anew is another file, which has not been returned.
function readyList({ interest, ready, readyBefore, ctl }: Asked): number {
  const added = new Set(ctl.filter(({ op }) => op === 'ADD').map(({ fd }) => fd));
  const again = readyBefore.filter(([fd]) => interest.has(fd) && !added.has(fd));
  return new Set([...ready, ...again].map(([fd]) => fd)).size;
}

/**
 * Adds up.
 * @param a The work of some turns.
 * @param b The work of others.
 * @returns The work of all.
 */
export function addWork(a: WorkOf, b: WorkOf): WorkOf {
  return { select: sum(a.select, b.select), poll: sum(a.poll, b.poll), epoll: sum(a.epoll, b.epoll) };
}

function sum(a: Work, b: Work): Work {
  return {
    calls: a.calls + b.calls,
    walked: a.walked + b.walked,
    checked: a.checked + b.checked,
    copiedIn: a.copiedIn + b.copiedIn,
    copiedOut: a.copiedOut + b.copiedOut,
    ctl: a.ctl + b.ctl,
  };
}
