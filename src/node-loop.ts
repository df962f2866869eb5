import { POLLIN } from './constants/select.ts';
import { errnoOf } from './errors.ts';
import { native } from './native.ts';
import { PollTable } from './poll-table.ts';
import { deadlineAfter } from './timeout.ts';

/**
 * The bridge to Node's own event loop, one a thread. libuv's whole state is one fd, readable when Node has something to
 * do, and one timeout; so the wait that serves Node and our fds is one system call on both. It is made once a turn of
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

const EINTR = errnoOf('EINTR');
// The longest timeout of poll(2); a longer wait takes more turns.
const MOST_MS = 2 ** 31 - 1;
// How long the thread rests where poll(2) cannot wait for what a wait is after.
const REST_MS = 10;

class Pending {
  readonly deadlineMs: number;
  // Where its entries begin and end in the shared table of this turn.
  begin = 0;
  end = 0;
  readonly waiting: Waiting<unknown>;
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
    this.waiting = waiting;
    this.deadlineMs = deadlineAfter(timeoutMs);
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener('abort', this.#abort);
  }

  attempt(nodeFd: number, timeoutMs: number): void {
    try {
      const result = this.waiting.attempt(nodeFd, timeoutMs);
      if (result !== undefined) this.finish(result);
    } catch (error) {
      this.#end();
      this.#reject(error);
    }
  }

  finish(result: unknown): void {
    this.#end();
    this.#resolve(result);
  }

  readonly #abort = (): void => {
    this.#end();
    this.#reject(this.#signal?.reason);
  };

  #end(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    pending.delete(this);
    this.waiting.release();
  }
}

const pending = new Set<Pending>();
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
      if (nodeFd < 0) nodeFd = native.nodeLoopOpen(turn);
      pending.add(new Pending(waiting, timeoutMs, signal, resolve as (result: unknown) => void, reject));
    } catch (error) {
      waiting.release();
      throw error;
    }
    if (pending.size === 1) native.nodeLoopStart();
  });
}

// Called by the addon in each turn of Node's loop, in its prepare phase.
function turn(nodeTimeoutMs: number): void {
  if (pending.size === 0) {
    native.nodeLoopStop();
    return;
  }
  const timeoutMs = shortest(nodeTimeoutMs);
  const [first] = pending;
  if (pending.size === 1) first!.attempt(nodeFd, timeoutMs);
  else waitTogether(timeoutMs);
  const now = performance.now();
  for (const wait of pending) if (wait.deadlineMs <= now) wait.finish(wait.waiting.nothing());
}

function shortest(nodeTimeoutMs: number): number {
  let deadlineMs = Infinity;
  for (const wait of pending) if (wait.deadlineMs < deadlineMs) deadlineMs = wait.deadlineMs;
  if (deadlineMs === Infinity) return nodeTimeoutMs;
  const remainingMs = Math.min(Math.max(0, deadlineMs - performance.now()), MOST_MS);
  return nodeTimeoutMs < 0 ? remainingMs : Math.min(nodeTimeoutMs, remainingMs);
}

// One poll(2) for all, then each wait whose fds it found something of asks for its own, exact answer.
function waitTogether(timeoutMs: number): void {
  const result = pollFor(pending, timeoutMs);
  if (result === 0 || result === EINTR) return;
  // Each may have as many entries as poll(2) takes (RLIMIT_NOFILE), all together may have more: then all ask.
  const asking = [...pending].filter((wait) => result < 0 || found(wait));
  for (const wait of asking) wait.attempt(-1, 0);
  const unanswered = new Set(asking.filter((wait) => pending.has(wait)));
  const nodeIsReady = result > 0 && shared.revents(0) !== 0;
  if (nodeIsReady || unanswered.size < asking.length) return;
  // poll(2) also reports the errors and hang-ups that select(2) leaves out: it would come back at once for ever.
  const others = [...pending].filter((wait) => !unanswered.has(wait));
  pollFor(others, timeoutMs < 0 ? REST_MS : Math.min(timeoutMs, REST_MS));
}

// Fills the shared table, with Node's fd first, and polls it.
function pollFor(waits: Iterable<Pending>, timeoutMs: number): number {
  shared.clear();
  shared.add(nodeFd, POLLIN);
  for (const wait of waits) {
    wait.begin = shared.length;
    wait.waiting.join(shared);
    wait.end = shared.length;
  }
  return shared.poll(Math.ceil(timeoutMs));
}

function found(wait: Pending): boolean {
  for (let index = wait.begin; index < wait.end; index++) if (shared.revents(index) !== 0) return true;
  return false;
}
