import type { Backend } from '../loop/wait-set/backend.ts';

/** An fd with its EVENT_* bits. */
export type FdEvents = readonly [fd: number, events: number];

/**
 * An fd that is ready, with its EVENT_* bits and its bits of poll(2), which are the same as those of epoll(7): POLLIN, POLLHUP,
 * EPOLLRDHUP. select has no such bits: then they are what poll(2) says about the fd right after select has returned.
 */
export type ReadyFd = readonly [fd: number, events: number, revents: number];

/** One call that the program made in a turn. */
export interface TurnAction {
  /** The name of the call; `message` when the server delivered a message to its handler. */
  readonly call: 'accept' | 'recv' | 'send' | 'close' | 'message';
  /** The fd of the call. */
  readonly fd: number;
  /** The result of the call: a count, an fd, or -errno; for a message its length in bytes. */
  readonly result: number;
}

/** One turn of the loop: the wait, its result, and the calls that the program made after it. */
export interface TurnRecord {
  /** The system call that waited. */
  readonly call: Backend;
  /** The fds that the call watched, with their events. */
  readonly asked: readonly FdEvents[];
  /** The longest wait, in seconds. */
  readonly timeoutSeconds: number;
  /** The fds that were ready. */
  readonly ready: readonly ReadyFd[];
  /** Whether the wait ended early: by `shutdown`, by a client that disconnected during the wait, or by a closed fd. */
  readonly woken: boolean;
  /** The time at which the wait started, in ms on the clock of `performance.now()`. */
  readonly beganMs: number;
  /** How long the wait took, in seconds. */
  readonly tookSeconds: number;
  /** The fd of Node's own event loop, which the call watches, too; -1 in the blocking form. */
  readonly nodeFd: number;
  /** How many times the wait was interrupted for Node's own event loop (a timer, a promise, a signal), and then continued. */
  readonly nodeWakes: number;
  /** The times of the first 16 of these interruptions, in ms since the wait started. */
  readonly wakes: readonly number[];
  /** The calls until the next wait. Calls that a timer or a promise made before this wait began come first. */
  readonly did: TurnAction[];
  /** How many turns before this one the watcher did not want. */
  readonly skipped: number;
  /** How many calls of each name were made in those turns. */
  readonly skippedDid: Readonly<Partial<Record<TurnAction['call'], number>>>;
}
