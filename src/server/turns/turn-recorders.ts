import type { Loop, ReadyList } from '../loop/loop.ts';
import type { TurnAction } from './turn-record.ts';
import { TurnRecorder, type TurnWatcher } from './turn-recorder.ts';
import type { Backend } from '../loop/wait-set/backend.ts';

/** Passes the calls of TurnRecorder's methods to one recorder for each watcher, because each watcher wants turns of its own. */
export class TurnRecorders {
  readonly #recorders: readonly TurnRecorder[];

  constructor(backend: Backend, loop: Loop, watchers: readonly TurnWatcher[]) {
    this.#recorders = watchers.map((watcher) => new TurnRecorder(backend, loop, watcher));
  }

  waiting(timeoutSeconds: number, nodeFd: number): void {
    for (const recorder of this.#recorders) recorder.waiting(timeoutSeconds, nodeFd);
  }

  yieldedToNode(): void {
    for (const recorder of this.#recorders) recorder.yieldedToNode();
  }

  waited(found: ReadyList | undefined, nodeWakes: number): void {
    for (const recorder of this.#recorders) recorder.waited(found, nodeWakes);
  }

  did(call: TurnAction['call'], fd: number, result: number): void {
    for (const recorder of this.#recorders) recorder.did(call, fd, result);
  }

  done(blocking: boolean): void {
    for (const recorder of this.#recorders) recorder.done(blocking);
  }

  held(isHeld: boolean): void {
    for (const recorder of this.#recorders) recorder.held(isHeld);
  }

  end(): void {
    for (const recorder of this.#recorders) recorder.end();
  }
}
