/**
 * The bridge to Node's own event loop; each thread has one. libuv keeps its whole state behind one fd, which is
 * readable when Node has something to do, and one timeout. So one system call can wait for Node and for our fds
 * together.
 *
 * The addon calls `turn` in each turn of Node's loop, between two of Node's phases:
 * - With one waiter, the waiter makes its own system call, with Node's fd added to its fds.
 * - Several waiters (two `selectAsync` calls, or a server and a `pollAsync`) share one system call: `waitForAll` puts
 *   the fds of all of them and Node's fd into one table and calls poll(2). Then each waiter that has a ready fd makes
 *   its own call once, without waiting, for its exact result.
 */
import { performance } from 'node:perf_hooks';

import { POLLIN } from '../system/constants/select.ts';
import { EINTR, ENOSYS } from '../system/errno.ts';
import { INT_MAX } from '../system/integer.ts';
import { native } from '../system/native.ts';
import { PollTable } from '../system/poll-table.ts';
import { deadlineAfter } from '../system/timeout.ts';

/** Options of the awaitable calls. */
export interface AsyncOptions {
  /** Ends the wait early: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * One call of `select`, `poll` or `epoll`: its fds, and the system call that looks at them. It can be made repeatedly.
 */
export interface WaitOperation<Result> {
  /**
   * Makes the system call once, and throws what the blocking form throws.
   * @param nodeFd An fd to wait for besides the operation's own, which never appears in the result; -1 for none.
   * @param timeoutMs In milliseconds, fractions included; negative waits for ever.
   * @returns The result, or `undefined` when no fd of the operation is ready.
   */
  waitOnce(nodeFd: number, timeoutMs: number): Result | undefined;
  /** Adds the operation's fds and events to a table that several waits share. */
  addInterest(table: PollTable): void;
  /** The result when the time is up. */
  emptyResult(): Result;
  /** Called once, when the operation has ended in any way. */
  release(): void;
}

/** What `turn` waits for: an awaited call (`AwaitedCall` below), or the loop of a server. */
export interface Waiter {
  /** Whether Node's fd was ready in the last `attempt`; also true when the waiter does not find out. */
  readonly nodeIsReady: boolean;
  /**
   * Returns when the time is up, on the clock of `performance.now()`; Infinity for never. It is called before each system call:
   * a wait that has not begun yet begins at `nowMs`.
   */
  deadlineMs(nowMs: number): number;
  /** Makes the waiter's system call and handles what it found. Returns whether there was a result or an error. */
  attempt(nodeFd: number, timeoutMs: number): boolean;
  /** Adds the waiter's fds and events to a table that several waiters share. */
  addInterest(table: PollTable): void;
  /** Called when the deadline has passed. */
  timeUp(): void;
}

/** A waiter that ends with its first result, and settles a promise. */
class AwaitedCall implements Waiter {
  readonly nodeIsReady = true;
  readonly #deadlineMs: number;
  readonly #operation: WaitOperation<unknown>;
  readonly #resolve: (result: unknown) => void;
  readonly #reject: (error: unknown) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    operation: WaitOperation<unknown>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#operation = operation;
    this.#deadlineMs = deadlineAfter(timeoutMs);
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener('abort', this.#abort);
  }

  deadlineMs(): number {
    return this.#deadlineMs;
  }

  attempt(nodeFd: number, timeoutMs: number): boolean {
    try {
      const result = this.#operation.waitOnce(nodeFd, timeoutMs);
      if (result === undefined) return false;
      this.#finish(result);
    } catch (error) {
      this.#end();
      this.#reject(error);
    }
    return true;
  }

  addInterest(table: PollTable): void {
    this.#operation.addInterest(table);
  }

  timeUp(): void {
    this.#finish(this.#operation.emptyResult());
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
    this.#operation.release();
  }
}

// How long the thread sleeps when poll(2) reports an fd again and again that its waiter did not ask for.
const UNWANTED_EVENT_PAUSE_MS = 10;

const waiters = new Set<Waiter>();
// The waiter, when there is exactly one.
let soleWaiter: Waiter | undefined;
const sharedTable = new PollTable();
let nodeFd = -1;

/**
 * Waits while Node goes on running. The promise is settled in a later turn of Node's loop, never at once: a program
 * that repeatedly awaits an fd that is always ready still lets Node run.
 */
export function awaitOnNodeLoop<Result>(
  operation: WaitOperation<Result>,
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
      enterNodeLoop(new AwaitedCall(operation, timeoutMs, signal, resolve as (result: unknown) => void, reject));
    } catch (error) {
      operation.release();
      throw error;
    }
  });
}

/** Returns the fd of Node's own loop, which is readable when Node has something to do. */
export function openNodeLoop(): number {
  if (nodeFd >= 0) return nodeFd;
  // Bun has the functions of libuv, but ends the process when one of them is called.
  const fd = process.versions.bun === undefined ? native.nodeLoopOpen(turn) : ENOSYS;
  if (fd < 0) {
    throw new Error(
      "only Node's event loop can wait for sockets, too; here, use the forms that block, such as select without Async",
    );
  }
  return (nodeFd = fd);
}

/** From now on each turn of Node's loop waits for this waiter, too, and the loop stays alive. */
export function enterNodeLoop(waiter: Waiter): void {
  openNodeLoop();
  waiters.add(waiter);
  findSoleWaiter();
  if (waiters.size === 1) native.nodeLoopStart();
}

export function leaveNodeLoop(waiter: Waiter): void {
  waiters.delete(waiter);
  findSoleWaiter();
}

function findSoleWaiter(): void {
  const [first] = waiters;
  soleWaiter = waiters.size === 1 ? first : undefined;
}

// The addon calls this function in the prepare phase of Node's loop. It returns true to be called again immediately:
// the waiter has handled something, and Node has nothing to do.
function turn(nodeTimeoutMs: number): boolean {
  if (waiters.size === 0) {
    native.nodeLoopStop();
    return false;
  }
  const timeoutMs = shortestTimeoutMs(nodeTimeoutMs);
  const only = soleWaiter;
  if (only?.attempt(nodeFd, timeoutMs) === true) return soleWaiter === only && !only.nodeIsReady;
  const withoutResult = only === undefined ? waitForAll(timeoutMs) : [only];
  const now = performance.now();
  // A waiter that has entered during this turn is not in the list: its first system call comes before its timeout.
  for (const waiter of withoutResult) if (waiters.has(waiter) && waiter.deadlineMs(now) <= now) waiter.timeUp();
  return false;
}

function shortestTimeoutMs(nodeTimeoutMs: number): number {
  const nowMs = performance.now();
  let deadlineMs = soleWaiter?.deadlineMs(nowMs) ?? Infinity;
  if (soleWaiter === undefined)
    for (const waiter of waiters) deadlineMs = Math.min(deadlineMs, waiter.deadlineMs(nowMs));
  if (deadlineMs === Infinity) return nodeTimeoutMs;
  // poll(2) takes a C int; a longer wait takes several turns.
  const remainingMs = Math.min(Math.max(0, deadlineMs - nowMs), INT_MAX);
  return nodeTimeoutMs < 0 ? remainingMs : Math.min(nodeTimeoutMs, remainingMs);
}

// Makes one poll(2) call for all waiters. Then each waiter with a ready fd makes its own call, without waiting. Returns
// the waiters that have no result.
function waitForAll(timeoutMs: number): readonly Waiter[] {
  const all = [...waiters];
  const { result, ends } = pollFor(all, timeoutMs);
  if (result === 0 || result === EINTR) return all;
  // The entries of all waiters together may exceed RLIMIT_NOFILE, which poll(2) refuses: then each waiter asks.
  const asking = all.filter((_, index) => result < 0 || hasReadyEntry(ends[index]!, ends[index + 1]!));
  // The handler of one waiter may remove a later one.
  const answered = new Set(asking.filter((waiter) => !waiters.has(waiter) || waiter.attempt(-1, 0)));
  const withoutResult = all.filter((waiter) => !answered.has(waiter));
  const nodeIsReady = result > 0 && sharedTable.revents(0) !== 0;
  if (nodeIsReady || answered.size > 0) return withoutResult;
  // poll(2) also reports the errors and hang-ups that select(2) ignores, so it would return at once, again and again.
  const others = all.filter((waiter) => !asking.includes(waiter));
  pollFor(others, timeoutMs < 0 ? UNWANTED_EVENT_PAUSE_MS : Math.min(timeoutMs, UNWANTED_EVENT_PAUSE_MS));
  return withoutResult;
}

// Puts Node's fd and the fds of some waiters into the shared table, and polls it. The entries of waiter `i` are those
// from `ends[i]` to `ends[i + 1] - 1`.
function pollFor(some: readonly Waiter[], timeoutMs: number): { result: number; ends: number[] } {
  sharedTable.clear();
  sharedTable.add(nodeFd, POLLIN);
  const ends = [sharedTable.length];
  for (const waiter of some) {
    waiter.addInterest(sharedTable);
    ends.push(sharedTable.length);
  }
  return { result: sharedTable.poll(Math.ceil(timeoutMs)), ends };
}

function hasReadyEntry(start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (sharedTable.revents(index) !== 0) return true;
  return false;
}
