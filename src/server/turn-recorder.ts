import type { Backend } from '../selectors/backend.ts';
import type { ReadyKey } from '../selectors/selector.ts';
import type { Source } from './loop.ts';
import type { TurnAction, TurnRecord } from './trace.ts';

/** Writes down the turns of a loop for somebody who watches it. */
export class TurnRecorder {
  readonly #backend: Backend;
  readonly #report: (turn: TurnRecord) => void;
  #turn: TurnRecord | undefined;
  #beganMs = 0;

  /**
   * @param backend The system call that waits.
   * @param report Called with each turn, when the next one begins: what a handler does later belongs to it too.
   */
  constructor(backend: Backend, report: (turn: TurnRecord) => void) {
    this.#backend = backend;
    this.#report = report;
  }

  /**
   * A wait begins.
   * @param sources What it waits for.
   * @param timeoutSeconds How long.
   */
  waiting(sources: readonly Source[], timeoutSeconds: number): void {
    this.end();
    const asked = sources.map((source) => [source.fileno(), source.interest] as const);
    this.#turn = { call: this.#backend, asked, timeoutSeconds, ready: [], woken: false, tookSeconds: 0, did: [] };
    this.#beganMs = performance.now();
  }

  /**
   * The wait has ended.
   * @param ready What was ready; `undefined` where the wait was ended early.
   */
  waited(ready: readonly ReadyKey<Source>[] | undefined): void {
    if (this.#turn === undefined) return;
    this.#turn.tookSeconds = (performance.now() - this.#beganMs) / 1e3;
    this.#turn.woken = ready === undefined;
    this.#turn.ready = (ready ?? []).map(([{ fd }, events]) => [fd, events] as const);
  }

  /**
   * Something was done.
   * @param call The call.
   * @param fd Its fd.
   * @param result What it gave.
   */
  did(call: TurnAction['call'], fd: number, result: number): void {
    this.#turn?.did.push({ call, fd, result });
  }

  /** The last turn is over. */
  end(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn !== undefined) this.#report(turn);
  }
}
