import type { ReadyList, Loop } from '../loop/loop.ts';
import type { TurnAction } from './turn-record.ts';
import { TurnRecorder, type TurnWatcher } from './turn-recorder.ts';
import type { Backend } from '../loop/wait-set/backend.ts';

/** The recorders of a loop: one for each who watches, since each wants turns of its own. The methods are TurnRecorder's. */
export class TurnRecorders {
  readonly #all: readonly TurnRecorder[];

  /**
   * @param backend The system call that waits.
   * @param loop The loop.
   * @param watchers Who watches.
   */
  constructor(backend: Backend, loop: Loop, watchers: readonly TurnWatcher[]) {
    this.#all = watchers.map((watcher) => new TurnRecorder(backend, loop, watcher));
  }

  /**
   * A wait begins.
   * @param timeoutSeconds How long.
   * @param nodeFd Node's fd, or -1.
   */
  waiting(timeoutSeconds: number, nodeFd: number): void {
    for (const recorder of this.#all) recorder.waiting(timeoutSeconds, nodeFd);
  }

  /** The wait is left for Node to have its turn. */
  left(): void {
    for (const recorder of this.#all) recorder.left();
  }

  /**
   * The wait has ended.
   * @param found What was ready.
   * @param nodeWakes How often it was left for Node's own loop.
   */
  waited(found: ReadyList | undefined, nodeWakes: number): void {
    for (const recorder of this.#all) recorder.waited(found, nodeWakes);
  }

  /**
   * Something was done.
   * @param call The call.
   * @param fd Its fd.
   * @param result What it gave.
   */
  did(call: TurnAction['call'], fd: number, result: number): void {
    for (const recorder of this.#all) recorder.did(call, fd, result);
  }

  /**
   * The turn is over.
   * @param blocking Whether Node stands still.
   */
  done(blocking: boolean): void {
    for (const recorder of this.#all) recorder.done(blocking);
  }

  /**
   * The loop is held, or goes on.
   * @param isHeld Which.
   */
  held(isHeld: boolean): void {
    for (const recorder of this.#all) recorder.held(isHeld);
  }

  /** The last turn is over. */
  end(): void {
    for (const recorder of this.#all) recorder.end();
  }
}
