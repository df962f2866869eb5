import { PollTable } from '../../system/poll-table.ts';
import { toMask } from '../../selectors/event-mask.ts';
import { CallCounts } from './call-counts.ts';
import type { Loop, ReadyList } from '../loop/loop.ts';
import type { FdEvents, ReadyFd, TurnAction, TurnRecord } from './turn-record.ts';
import type { Backend } from '../loop/wait-set/backend.ts';

/** Node may interrupt one wait any number of times: only the times of the first interruptions are kept. */
const MAX_WAKE_TIMES = 16;

/**
 * Watches the turns of a loop. What one of its methods throws, or its promise is rejected with, is reported as the error of a
 * handler is; the server goes on. Nothing waits for such a promise.
 */
export interface TurnWatcher {
  /** Called when a wait starts. */
  waiting(): unknown;
  /**
   * Called when a wait has ended, before the program acts. A turn that the watcher does not want costs almost nothing.
   * @param nowMs The time, on the clock of `performance.now()`.
   * @returns Whether this turn is to be recorded, not a promise. The next record counts the turns that were not recorded.
   */
  wants(nowMs: number): boolean;
  /**
   * Called with a wanted turn when its wait has ended, before the program acts.
   * @param turn The turn so far; its `did` is filled in later.
   */
  waited(turn: TurnRecord): unknown;
  /**
   * Called with a wanted turn before the next wait starts: calls that a handler makes later, in a promise, belong to the turn.
   * @param turn The whole turn.
   */
  turned(turn: TurnRecord): unknown;
  /**
   * Called when the loop is paused between two turns, and when it continues.
   * @param isHeld Whether the loop is paused now.
   */
  held(isHeld: boolean): unknown;
}

/** Records the turns of a loop for one watcher. */
export class TurnRecorder {
  readonly #backend: Backend;
  readonly #loop: Loop;
  readonly #watcher: TurnWatcher;
  #turn: TurnRecord | undefined;
  #isSkipping = false;
  #skipped = 0;
  readonly #skippedDid = new CallCounts();
  // The next four fields describe the current wait.
  #timeoutSeconds = 0;
  #nodeFd = -1;
  #beganMs = 0;
  readonly #wakes: number[] = [];
  /** Calls that were made after the last turn had been reported. */
  readonly #early: TurnAction[] = [];
  readonly #table = new PollTable();

  constructor(backend: Backend, loop: Loop, watcher: TurnWatcher) {
    this.#backend = backend;
    this.#loop = loop;
    this.#watcher = watcher;
  }

  /** Called when a wait starts. `nodeFd` is -1 when the wait blocks Node. */
  waitStarted(timeoutSeconds: number, nodeFd: number): void {
    this.end();
    this.#isSkipping = false;
    this.#timeoutSeconds = timeoutSeconds;
    this.#nodeFd = nodeFd;
    this.#wakes.length = 0;
    this.#watcher.waiting();
    this.#beganMs = this.#loop.clock.nowMs();
  }

  /** Called when the wait is interrupted so that Node's own event loop can run. */
  yieldedToNode(): void {
    if (this.#wakes.length < MAX_WAKE_TIMES) this.#wakes.push(this.#loop.clock.nowMs() - this.#beganMs);
  }

  /** Called when a wait has ended. `found` is `undefined` when the wait ended early. */
  waitEnded(found: ReadyList | undefined, nodeWakes: number): void {
    const nowMs = this.#loop.clock.nowMs();
    if (!this.#watcher.wants(nowMs)) {
      this.#skip();
      return;
    }
    this.#turn = {
      call: this.#backend,
      asked: this.#loop.sources.map((source): FdEvents => [source.fileno(), source.interest]),
      timeoutSeconds: this.#timeoutSeconds,
      ready: found === undefined ? [] : this.#readyFds(found),
      woken: found === undefined,
      beganMs: this.#beganMs,
      tookSeconds: (nowMs - this.#beganMs) / 1e3,
      nodeFd: this.#nodeFd,
      nodeWakes,
      // The last interruption does not count when the wait did not continue after it.
      wakes: this.#wakes.slice(0, nodeWakes),
      did: this.#early.splice(0),
      skipped: this.#skipped,
      skippedDid: this.#skippedDid.reset(),
    };
    this.#skipped = 0;
    this.#watcher.waited(this.#turn);
  }

  recordCall(call: TurnAction['call'], fd: number, result: number): void {
    if (this.#isSkipping) this.#skippedDid.add(call);
    else (this.#turn?.did ?? this.#early).push({ call, fd, result });
  }

  /** Called when the turn has ended, apart from its promises. In the blocking form the next wait reports the turn. */
  turnEnded(blocking: boolean): void {
    if (blocking || this.#turn === undefined) return;
    // Immediates run after promises, and before the next wait.
    setImmediate(() => {
      this.end();
    });
  }

  pauseChanged(isPaused: boolean): void {
    this.#watcher.held(isPaused);
  }

  /** Reports the last turn, if it has not been reported yet. */
  end(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn !== undefined) this.#watcher.turned(turn);
  }

  #skip(): void {
    this.#isSkipping = true;
    this.#skipped++;
    for (const { call } of this.#early) this.#skippedDid.add(call);
    this.#early.length = 0;
  }

  #readyFds(found: ReadyList): ReadyFd[] {
    const { count, sources, events } = found;
    const revents = this.#backend === 'select' ? this.#pollReady(found) : this.#loop.rawEvents(found);
    return sources.slice(0, count).map((source, index) => [source!.fileno(), events[index]!, revents[index]!]);
  }

  /** select(2) has no bits of poll(2), so one poll(2) right after the select asks about the same events of the ready fds. */
  #pollReady({ count, sources }: ReadyList): number[] {
    const table = this.#table;
    table.clear();
    for (const source of sources.slice(0, count)) table.add(source!.fileno(), toMask(source!.interest));
    table.poll(0);
    return Array.from({ length: count }, (_, index) => table.revents(index));
  }
}
