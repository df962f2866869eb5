import { ignoreRejection, isPromiseLike } from '../../system/promise-like.ts';
import type { HandlerCalls } from '../handler-calls.ts';
import type { TurnRecord } from './turn-record.ts';
import type { TurnWatcher } from './turn-recorder.ts';

/** A user's watcher. Its errors are reported as those of a handler are: without this class they would end the process. */
export class GuardedWatcher<Client extends object> implements TurnWatcher {
  readonly #handlers: HandlerCalls<Client>;
  // The methods are bound once: a watched turn that is not recorded has to cost almost nothing.
  readonly #waiting: TurnWatcher['waiting'];
  readonly #wants: TurnWatcher['wants'];
  readonly #waited: TurnWatcher['waited'];
  readonly #turned: TurnWatcher['turned'];
  readonly #held: TurnWatcher['held'];

  constructor(watcher: TurnWatcher, handlers: HandlerCalls<Client>) {
    this.#handlers = handlers;
    this.#waiting = watcher.waiting.bind(watcher);
    this.#wants = watcher.wants.bind(watcher);
    this.#waited = watcher.waited.bind(watcher);
    this.#turned = watcher.turned.bind(watcher);
    this.#held = watcher.held.bind(watcher);
  }

  waiting(): void {
    this.#handlers.call('waiting', undefined, this.#waiting);
  }

  wants(nowMs: number): boolean {
    try {
      const wanted: unknown = this.#handlers.inServerContext(this.#wants, nowMs);
      if (!isPromiseLike(wanted)) return Boolean(wanted);
      ignoreRejection(wanted);
      throw new TypeError('wants returned a promise, but the recorder needs the answer at once');
    } catch (error) {
      this.#handlers.failed(error, undefined);
      return false;
    }
  }

  waited(turn: TurnRecord): void {
    this.#handlers.call('waited', undefined, this.#waited, turn);
  }

  turned(turn: TurnRecord): void {
    this.#handlers.call('turned', undefined, this.#turned, turn);
  }

  held(isHeld: boolean): void {
    this.#handlers.call('held', undefined, this.#held, isHeld);
  }
}
