import { EINTR } from '../system/errno.ts';
import { POLLIN } from '../system/constants/select.ts';
import { native } from '../system/native.ts';
import { PollTable } from '../system/poll-table.ts';
import { deadlineAfter } from '../system/timeout.ts';

/**
 * The bridge to Node's own event loop, one a thread. libuv's whole state is one fd, readable when Node has something to
 * do, and one timeout; so the wait that serves Node and our fds is one system call on both. It is made in each turn of
 * Node's loop, in JavaScript, between two of Node's phases.
 */

/** A wait for fds: one system call of its own, which can be made again and again until it has a result. */
export interface Waiting<Result> {
  /**
   * Makes the call.
   * @param nodeFd An fd to wait for beside its own, and to leave out of the result; -1 for none.
   * @param timeoutMs At most so long, in ms; negative for ever.
   * @returns The result, or `undefined` where nothing is ready yet.
   * @throws What the blocking form would throw.
   */
  attempt(nodeFd: number, timeoutMs: number): Result | undefined;
  /**
   * Adds what it waits for to a table that several waits share.
   * @param table Where to add.
   */
  join(table: PollTable): void;
  /** The result when the time is up. */
  nothing(): Result;
  /** Called once, when the wait has ended in whatever way. */
  release(): void;
}

/** Options of the awaitable calls. */
export interface AsyncOptions {
  /** Ends the wait early: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

// The longest timeout of poll(2); a longer wait takes more turns.
const MOST_MS = 2 ** 31 - 1;
// How long the thread rests where poll(2) cannot wait for what a wait is after.
const REST_MS = 10;

/** Something that waits on the bridge, from `enterNodeLoop` to `leaveNodeLoop`. */
export interface Waiter {
  /** Whether the last attempt has found Node's fd ready, or cannot tell. */
  readonly nodeIsReady: boolean;
  /** When its time is up, on the clock of `performance.now()`; Infinity for never. */
  readonly deadlineMs: number;
  /**
   * Makes its system call.
   * @param nodeFd An fd to wait for beside its own; -1 for none.
   * @param timeoutMs At most so long, in ms; negative for ever.
   * @returns Whether anything was found, or went wrong.
   */
  attempt(nodeFd: number, timeoutMs: number): boolean;
  /**
   * Adds what it waits for to a table that several share.
   * @param table Where to add.
   */
  join(table: PollTable): void;
  /** Called when the deadline has passed. */
  timeUp(): void;
}

// A wait for one result.
class Pending implements Waiter {
  readonly nodeIsReady = true;
  readonly deadlineMs: number;
  readonly #waiting: Waiting<unknown>;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    waiting: Waiting<unknown>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#waiting = waiting;
    this.deadlineMs = deadlineAfter(timeoutMs);
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener('abort', this.#abort);
  }

  attempt(nodeFd: number, timeoutMs: number): boolean {
    try {
      const result = this.#waiting.attempt(nodeFd, timeoutMs);
      if (result === undefined) return false;
      this.#finish(result);
    } catch (error) {
      this.#end();
      this.#reject(error);
    }
    return true;
  }

  join(table: PollTable): void {
    this.#waiting.join(table);
  }

  timeUp(): void {
    this.#finish(this.#waiting.nothing());
  }

  #finish(result: unknown): void {
    this.#end();
    this.#resolve(result);
  }

  readonly #abort = (): void => {
    this.#end();
    this.#reject(this.#signal?.reason);
  };

  #end(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    leaveNodeLoop(this);
    this.#waiting.release();
  }
}

const waiters = new Set<Waiter>();
// The only one of them, where there is only one.
let alone: Waiter | undefined;
const shared = new PollTable();
let nodeFd = -1;

/**
 * Waits without stopping Node.
 * @param waiting The wait. It ends in a later turn of the loop, never at once: a program that awaits in a loop what is
 *   always ready leaves Node its turns.
 * @param timeoutMs Milliseconds, fractions included; negative waits for ever.
 * @param options The signal.
 * @returns The result of the wait; `waiting.nothing()` when the time is up.
 */
export function awaitOnNodeLoop<Result>(
  waiting: Waiting<Result>,
  timeoutMs: number,
  options: AsyncOptions | undefined,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    try {
      const signal = options?.signal;
      if (signal !== undefined && !(signal instanceof AbortSignal))
        throw new TypeError('signal must be an AbortSignal');
      if (signal?.aborted) throw signal.reason;
      openNodeLoop();
      enterNodeLoop(new Pending(waiting, timeoutMs, signal, resolve as (result: unknown) => void, reject));
    } catch (error) {
      waiting.release();
      throw error;
    }
  });
}

/**
 * The fd that Node's own loop is: readable when Node has something to do.
 * @returns The fd.
 */
export function openNodeLoop(): number {
  if (nodeFd < 0) nodeFd = native.nodeLoopOpen(turn);
  return nodeFd;
}

/**
 * Makes `attempt` of a waiter be called in each turn of Node's loop, which stays alive for it.
 * @param waiter The waiter.
 */
export function enterNodeLoop(waiter: Waiter): void {
  openNodeLoop();
  waiters.add(waiter);
  findAlone();
  if (waiters.size === 1) native.nodeLoopStart();
}

/**
 * Ends what `enterNodeLoop` began.
 * @param waiter The waiter.
 */
export function leaveNodeLoop(waiter: Waiter): void {
  waiters.delete(waiter);
  findAlone();
}

function findAlone(): void {
  const [first] = waiters;
  alone = waiters.size === 1 ? first : undefined;
}

// Called by the addon in each turn of Node's loop, in its prepare phase. Gives whether it is to be called once more at
// once, where there are no timers that are due and the like: Node's fd was looked at in vain.
function turn(nodeTimeoutMs: number): boolean {
  if (waiters.size === 0) {
    native.nodeLoopStop();
    return false;
  }
  const timeoutMs = shortest(nodeTimeoutMs);
  const only = alone;
  if (only?.attempt(nodeFd, timeoutMs) === true) return alone === only && !only.nodeIsReady;
  const waited = only === undefined ? waitTogether(timeoutMs) : [only];
  const now = performance.now();
  // Others that wait now have begun since: their call is still to be made.
  for (const waiter of waited) if (waiters.has(waiter) && waiter.deadlineMs <= now) waiter.timeUp();
  return false;
}

function shortest(nodeTimeoutMs: number): number {
  let deadlineMs = alone?.deadlineMs ?? Infinity;
  if (alone === undefined) for (const waiter of waiters) deadlineMs = Math.min(deadlineMs, waiter.deadlineMs);
  if (deadlineMs === Infinity) return nodeTimeoutMs;
  const remainingMs = Math.min(Math.max(0, deadlineMs - performance.now()), MOST_MS);
  return nodeTimeoutMs < 0 ? remainingMs : Math.min(nodeTimeoutMs, remainingMs);
}

// One poll(2) for all, then each whose fds it found something of asks for its own, exact answer. Gives who has waited in
// vain.
function waitTogether(timeoutMs: number): readonly Waiter[] {
  const all = [...waiters];
  const { result, ends } = pollFor(all, timeoutMs);
  if (result === 0 || result === EINTR) return all;
  // Each may have as many entries as poll(2) takes (RLIMIT_NOFILE), all together may have more: then all ask.
  const asking = all.filter((_, index) => result < 0 || found(ends[index]!, ends[index + 1]!));
  // An earlier one may have ended a later one.
  const answered = new Set(asking.filter((waiter) => !waiters.has(waiter) || waiter.attempt(-1, 0)));
  const waited = all.filter((waiter) => !answered.has(waiter));
  const nodeIsReady = result > 0 && shared.revents(0) !== 0;
  if (nodeIsReady || answered.size > 0) return waited;
  // poll(2) also reports the errors and hang-ups that select(2) leaves out: it would come back at once for ever.
  const others = all.filter((waiter) => !asking.includes(waiter));
  pollFor(others, timeoutMs < 0 ? REST_MS : Math.min(timeoutMs, REST_MS));
  return waited;
}

// Fills the shared table, with Node's fd first, and polls it. `ends` tells whose entries are where.
function pollFor(all: readonly Waiter[], timeoutMs: number): { result: number; ends: number[] } {
  shared.clear();
  shared.add(nodeFd, POLLIN);
  const ends = [shared.length];
  for (const waiter of all) {
    waiter.join(shared);
    ends.push(shared.length);
  }
  return { result: shared.poll(Math.ceil(timeoutMs)), ends };
}

function found(begin: number, end: number): boolean {
  for (let index = begin; index < end; index++) if (shared.revents(index) !== 0) return true;
  return false;
}
