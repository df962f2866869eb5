import type { Found, Source } from './loop.ts';
import type { FdEvents, TurnAction, TurnRecord } from './trace.ts';
import type { Backend } from './wait-set/backend.ts';

/** Writes down the turns of a loop for somebody who watches it. */
export class TurnRecorder {
  readonly #backend: Backend;
  readonly #report: (turn: TurnRecord) => void;
  #turn: TurnRecord | undefined;
  #beganMs = 0;
  // What was done between two turns.
  readonly #early: TurnAction[] = [];

  /**
   * @param backend The system call that waits.
   * @param report Called with each turn, before the next one begins: what a handler does later belongs to it too.
   */
  constructor(backend: Backend, report: (turn: TurnRecord) => void) {
    this.#backend = backend;
    this.#report = report;
  }

  /**
   * A wait begins.
   * @param sources What it waits for.
   * @param timeoutSeconds How long.
   * @param nodeFd Node's fd, or -1.
   */
  waiting(sources: readonly Source[], timeoutSeconds: number, nodeFd: number): void {
    this.end();
    const nothingYet = { ready: [], woken: false, tookSeconds: 0, nodeWakes: 0 };
    const did = this.#early.splice(0);
    this.#turn = { call: this.#backend, asked: interests(sources), timeoutSeconds, nodeFd, ...nothingYet, did };
    this.#beganMs = performance.now();
  }

  /**
   * The wait goes on, after Node had its turn.
   * @param sources What it waits for now.
   */
  goingOn(sources: readonly Source[]): void {
    if (this.#turn !== undefined) this.#turn.asked = interests(sources);
  }

  /**
   * The wait has ended.
   * @param found What was ready; `undefined` where the wait was ended early.
   * @param nodeWakes How often it was left for Node's own loop.
   */
  waited(found: Found | undefined, nodeWakes: number): void {
    if (this.#turn === undefined) return;
    this.#turn.tookSeconds = (performance.now() - this.#beganMs) / 1e3;
    this.#turn.woken = found === undefined;
    this.#turn.nodeWakes = nodeWakes;
    const events = found?.events.slice(0, found.count) ?? [];
    this.#turn.ready = events.map((bits, index): FdEvents => [found!.sources[index]!.fileno(), bits]);
  }

  /**
   * Something was done.
   * @param call The call.
   * @param fd Its fd.
   * @param result What it gave.
   */
  did(call: TurnAction['call'], fd: number, result: number): void {
    (this.#turn?.did ?? this.#early).push({ call, fd, result });
  }

  /**
   * The turn is over, but for what its promises still do.
   * @param blocking Whether Node stands still: then it is reported when the next one begins.
   */
  done(blocking: boolean): void {
    // Of all phases the one after the promises', and before the next wait.
    if (!blocking)
      setImmediate(() => {
        this.end();
      });
  }

  /** The last turn is over. */
  end(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn !== undefined) this.#report(turn);
  }
}

function interests(sources: readonly Source[]): FdEvents[] {
  return sources.map((source): FdEvents => [source.fileno(), source.interest]);
}
