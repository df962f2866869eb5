import type { Loop, ReadyList } from '../loop/loop.ts';
import type { TurnAction } from './turn-record.ts';
import { TurnRecorder, type TurnWatcher } from './turn-recorder.ts';
import type { Backend } from '../loop/wait-set/backend.ts';

/** Passes the calls of TurnRecorder's methods to one recorder for each watcher, because each watcher chooses its own turns. */
export class TurnRecorders {
  readonly #recorders: readonly TurnRecorder[];

  constructor(backend: Backend, loop: Loop, watchers: readonly TurnWatcher[]) {
    this.#recorders = watchers.map((watcher) => new TurnRecorder(backend, loop, watcher));
  }

  waitStarted(timeoutSeconds: number, nodeFd: number): void {
    for (const recorder of this.#recorders) recorder.waitStarted(timeoutSeconds, nodeFd);
  }

  yieldedToNode(): void {
    for (const recorder of this.#recorders) recorder.yieldedToNode();
  }

  waitEnded(found: ReadyList | undefined, nodeWakes: number): void {
    for (const recorder of this.#recorders) recorder.waitEnded(found, nodeWakes);
  }

  recordCall(call: TurnAction['call'], fd: number, result: number): void {
    for (const recorder of this.#recorders) recorder.recordCall(call, fd, result);
  }

  turnEnded(blocking: boolean): void {
    for (const recorder of this.#recorders) recorder.turnEnded(blocking);
  }

  pauseChanged(isPaused: boolean): void {
    for (const recorder of this.#recorders) recorder.pauseChanged(isPaused);
  }

  end(): void {
    for (const recorder of this.#recorders) recorder.end();
  }
}
