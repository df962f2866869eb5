import type { TurnLine } from '../../../trace/format.ts';

/** The work of the kernel for one turn, or for several. */
export interface Work {
  /** System calls that wait. When Node's own event loop interrupts one, the program makes it again. */
  readonly calls: number;
  /** What one check goes through: bits for select, entries for poll, items of the ready list for epoll. */
  readonly walked: number;
  /** The fds whose state one check asks for. A call that sleeps makes two checks: before and after. */
  readonly checked: number;
  readonly copiedIn: number;
  readonly copiedOut: number;
  /** Calls of epoll_ctl since the wait before. */
  readonly ctl: number;
}

export type WorkByCall = Readonly<Record<'select' | 'poll' | 'epoll', Work>>;

export interface CtlCall {
  readonly op: 'ADD' | 'MOD' | 'DEL';
  readonly fd: number;
  /** EVENT_* bits; 0 for DEL. */
  readonly events: number;
}

/** The parts of a turn that decide its work. */
export interface WorkInput extends Pick<TurnLine, 'ready' | 'nodeWakes'> {
  /** The EVENT_* bits that the call watched, by fd. */
  readonly interest: ReadonlyMap<number, number>;
  /** What the turn before returned; empty when unknown. */
  readonly readyBefore: TurnLine['ready'];
  /** The calls of epoll_ctl since the turn before. */
  readonly ctl: readonly CtlCall[];
  /** The fd of Node's own event loop; -1 for none. */
  readonly nodeFd: number;
}

export const POLLFD_BYTES = 8;
export const REVENTS_BYTES = 2;
/** The size of a struct epoll_event, which is packed on x86-64. */
export const EPOLL_EVENT_BYTES = 12;

/** The `maxevents` that the server passes to epoll_wait: src/server/loop/wait-set/epoll-set.ts. */
export const MAX_EVENTS = 1024;

const NOTHING: Work = { calls: 0, walked: 0, checked: 0, copiedIn: 0, copiedOut: 0, ctl: 0 };

export const NO_WORK: WorkByCall = { select: NOTHING, poll: NOTHING, epoll: NOTHING };

/**
 * Returns the bytes of each of select's bitmaps: whole longs, up to nfds.
 * @see Linux, include/linux/poll.h and fs/select.c, `FDS_BYTES`
 */
export function bitmapBytes(nfds: number): number {
  return Math.ceil(nfds / 64) * 8;
}

/**
 * Computes the work of a turn with each of the three calls.
 * @see Linux, fs/select.c, `core_sys_select` and `do_sys_poll`; fs/eventpoll.c, `ep_send_events`
 */
export function workOf(input: WorkInput): WorkByCall {
  const { interest, ready, ctl, nodeFd, nodeWakes } = input;
  const calls = 1 + nodeWakes;
  let highest = nodeFd;
  let allEvents = nodeFd < 0 ? 0 : 1;
  for (const [fd, events] of interest) {
    highest = Math.max(highest, fd);
    allEvents |= events;
  }
  const sets = (allEvents & 1) + ((allEvents >> 1) & 1) + ((allEvents >> 2) & 1);
  const setBytes = calls * sets * bitmapBytes(highest + 1);
  const fds = calls * (interest.size + (nodeFd < 0 ? 0 : 1));
  const changes = ctl.filter(({ op }) => op !== 'DEL').length;
  // Each wake puts Node's fd on the ready list, and the wait after it checks the fd once more.
  const listed = readyListSize(input) + 2 * nodeWakes;
  return {
    select: {
      ...{ calls, walked: calls * sets * (highest + 1), checked: fds },
      ...{ copiedIn: setBytes, copiedOut: setBytes, ctl: 0 },
    },
    poll: { calls, walked: fds, checked: fds, copiedIn: fds * POLLFD_BYTES, copiedOut: fds * REVENTS_BYTES, ctl: 0 },
    epoll: {
      ...{ calls, walked: listed, checked: listed, copiedIn: changes * EPOLL_EVENT_BYTES },
      ...{ copiedOut: (ready.length + nodeWakes) * EPOLL_EVENT_BYTES, ctl: ctl.length },
    },
  };
}

/**
 * A level-triggered fd that was returned stays on the ready list, so the next wait checks it once more. An fd number that was
 * added again is another file, which was not returned.
 */
function readyListSize({ interest, ready, readyBefore, ctl }: WorkInput): number {
  const added = new Set(ctl.filter(({ op }) => op === 'ADD').map(({ fd }) => fd));
  const again = readyBefore.filter(([fd]) => interest.has(fd) && !added.has(fd));
  return new Set([...ready, ...again].map(([fd]) => fd)).size;
}

export function addWork(a: WorkByCall, b: WorkByCall): WorkByCall {
  return { select: sum(a.select, b.select), poll: sum(a.poll, b.poll), epoll: sum(a.epoll, b.epoll) };
}

function sum(a: Work, b: Work): Work {
  const names = Object.keys(a) as (keyof Work)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as Work;
}
