import { PollTable } from '../../system/poll-table.ts';
import { toMask } from '../../selectors/event-mask.ts';
import { CallCounts } from './call-counts.ts';
import type { ReadyList, Loop } from '../loop/loop.ts';
import type { FdEvents, ReadyFd, TurnAction, TurnRecord } from './turn-record.ts';
import type { Backend } from '../loop/wait-set/backend.ts';

// Of a wait; there may be very many.
const MOST_WAKES = 16;

/** Who watches the turns of a loop. What it throws ends the server. */
export interface TurnWatcher {
  /** Called when a wait begins. */
  waiting(): void;
  /**
   * Asked when a wait has ended, before the program acts: a turn that nobody wants costs next to nothing.
   * @param nowMs When, on the clock of `performance.now()`.
   * @returns Whether the turn is to be recorded; what is left out is counted in the next record.
   */
  wants(nowMs: number): boolean;
  /**
   * Called with a turn that is wanted, before the program acts.
   * @param turn What is known so far.
   */
  waited(turn: TurnRecord): void;
  /**
   * Called with a turn that was wanted, before the next one begins: what a handler does later belongs to it too.
   * @param turn All of it.
   */
  turned(turn: TurnRecord): void;
  /**
   * Called when the loop is held between two turns, and when it goes on.
   * @param isHeld Which.
   */
  held(isHeld: boolean): void;
}

/** Writes down the turns of a loop for somebody who watches it. */
export class TurnRecorder {
  readonly #backend: Backend;
  readonly #loop: Loop;
  readonly #watcher: TurnWatcher;
  #turn: TurnRecord | undefined;
  #isSkipping = false;
  #skipped = 0;
  readonly #skippedDid = new CallCounts();
  // Of the present wait.
  #timeoutSeconds = 0;
  #nodeFd = -1;
  #beganMs = 0;
  readonly #wakes: number[] = [];
  // What was done since the last turn.
  readonly #early: TurnAction[] = [];
  readonly #table = new PollTable();

  /**
   * @param backend The system call that waits.
   * @param loop The loop.
   * @param watcher Who watches.
   */
  constructor(backend: Backend, loop: Loop, watcher: TurnWatcher) {
    this.#backend = backend;
    this.#loop = loop;
    this.#watcher = watcher;
  }

  /**
   * A wait begins.
   * @param timeoutSeconds How long.
   * @param nodeFd Node's fd, or -1.
   */
  waiting(timeoutSeconds: number, nodeFd: number): void {
    this.end();
    this.#isSkipping = false;
    this.#timeoutSeconds = timeoutSeconds;
    this.#nodeFd = nodeFd;
    this.#wakes.length = 0;
    this.#watcher.waiting();
    this.#beganMs = this.#loop.clock.nowMs();
  }

  /** The wait is left for Node to have its turn. */
  left(): void {
    if (this.#wakes.length < MOST_WAKES) this.#wakes.push(this.#loop.clock.nowMs() - this.#beganMs);
  }

  /**
   * The wait has ended.
   * @param found What was ready; `undefined` where the wait was ended early.
   * @param nodeWakes How often it was left for Node's own loop.
   */
  waited(found: ReadyList | undefined, nodeWakes: number): void {
    const nowMs = this.#loop.clock.nowMs();
    if (!this.#watcher.wants(nowMs)) {
      this.#skip();
      return;
    }
    this.#turn = {
      call: this.#backend,
      asked: this.#loop.sources.map((source): FdEvents => [source.fileno(), source.interest]),
      timeoutSeconds: this.#timeoutSeconds,
      ready: found === undefined ? [] : this.#ready(found),
      woken: found === undefined,
      beganMs: this.#beganMs,
      tookSeconds: (nowMs - this.#beganMs) / 1e3,
      nodeFd: this.#nodeFd,
      nodeWakes,
      // The last one may have been the end of the wait instead.
      wakes: this.#wakes.slice(0, nodeWakes),
      did: this.#early.splice(0),
      skipped: this.#skipped,
      skippedDid: this.#skippedDid.take(),
    };
    this.#skipped = 0;
    this.#watcher.waited(this.#turn);
  }

  /**
   * Something was done.
   * @param call The call.
   * @param fd Its fd.
   * @param result What it gave.
   */
  did(call: TurnAction['call'], fd: number, result: number): void {
    if (this.#isSkipping) this.#skippedDid.add(call);
    else (this.#turn?.did ?? this.#early).push({ call, fd, result });
  }

  /**
   * The turn is over, but for what its promises still do.
   * @param blocking Whether Node stands still: then it is reported when the next one begins.
   */
  done(blocking: boolean): void {
    if (blocking || this.#turn === undefined) return;
    // Of all phases the one after the promises', and before the next wait.
    setImmediate(() => {
      this.end();
    });
  }

  /**
   * The loop is held, or goes on.
   * @param isHeld Which.
   */
  held(isHeld: boolean): void {
    this.#watcher.held(isHeld);
  }

  /** The last turn is over. */
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

  #ready(found: ReadyList): ReadyFd[] {
    const { count, sources, events } = found;
    const raw = this.#backend === 'select' ? this.#poll(found) : this.#loop.rawEvents(found);
    return sources.slice(0, count).map((source, index) => [source!.fileno(), events[index]!, raw[index]!]);
  }

  // select(2) has no such bits: what poll(2) says at once of those that are ready, asked for the same.
  #poll({ count, sources }: ReadyList): number[] {
    const table = this.#table;
    table.clear();
    for (const source of sources.slice(0, count)) table.add(source!.fileno(), toMask(source!.interest));
    table.poll(0);
    return Array.from({ length: count }, (_, index) => table.revents(index));
  }
}
