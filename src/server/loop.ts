import { errnoOf, OSError } from '../errors.ts';
import { type Backend, createSelector } from '../selectors/backend.ts';
import type { BaseSelector, ReadyKey } from '../selectors/selector.ts';
import * as sys from '../sys.ts';

/** What the loop waits for, and what it then does. Its identity is the object: a number is used again once it is free. */
export interface Source {
  /** The EVENT_* bits that the loop waits for; the loop's own to change. */
  interest: number;
  /**
   * The fd.
   * @returns It, or -1 once closed.
   */
  fileno(): number;
  /**
   * Called in a turn that found it ready.
   * @param events EVENT_* bits of its interest. A hint only: select(2), BUGS.
   */
  ready(events: number): void;
  /** Called where its fd turned out to be closed behind the server's back. */
  lost(): void;
}

/** What the owner of a loop does in every turn. */
export interface Turns {
  /** Called before each wait. */
  waiting(timeoutSeconds: number): void;
  /** Called after each wait; with nothing, where it was ended early. */
  waited(ready: readonly ReadyKey<Source>[] | undefined): void;
  /** Called when a wait has ended with nothing ready. */
  idle(): void;
  /** Called at the end of each turn. */
  done(): void;
}

const EBADF = errnoOf('EBADF');

/** The document's loop: one wait with a timeout, then whatever is ready. */
export class Loop {
  /** How many waits have ended. */
  turns = 0;
  /** When the last wait ended, on the clock of `performance.now()`: one look at the clock for all of a turn. */
  nowMs = performance.now();
  /** When the last wait ended, whatever `nowMs` is now. */
  turnedMs = this.nowMs;
  readonly #selector: BaseSelector<Source>;
  readonly #turns: Turns;
  #wake = new AbortController();
  #waiting = false;

  /**
   * @param backend The system call to wait with.
   * @param turns What is done in every turn.
   * @throws {RangeError} For a backend that is none.
   * @throws {OSError} EMFILE and kin, for 'epoll'.
   */
  constructor(backend: Backend, turns: Turns) {
    this.#selector = createSelector(backend);
    this.#turns = turns;
  }

  /** What is waited for now. */
  get sources(): Source[] {
    return [...(this.#selector.getMap()?.values() ?? [])].map(({ data }) => data);
  }

  /**
   * Changes what a source is waited for.
   * @param source An open one.
   * @param events EVENT_* bits; 0 takes it out of the wait: a mask of 0 would still report hang-ups, turn after turn.
   * @throws {OSError} ENOSPC, ENOMEM and kin, what epoll refuses; the source is then waited for no more.
   */
  watch(source: Source, events: number): void {
    const before = source.interest;
    if (events === before) return;
    source.interest = 0;
    if (before === 0) this.#selector.register(source, events, source);
    else if (events === 0) this.#selector.unregister(source.fileno());
    else this.#selector.modify(source.fileno(), events, source);
    source.interest = events;
    this.wake();
  }

  /** Ends the present wait of `turn`, so that the next one sees what has changed. */
  wake(): void {
    if (this.#waiting) this.#wake.abort();
  }

  /**
   * Makes a turn, and leaves Node alive while it waits.
   * @param timeoutSeconds The longest wait, in seconds.
   * @returns How many sources were ready; -1 where the wait was ended early, by `wake` or a closed fd.
   */
  async turn(timeoutSeconds: number): Promise<number> {
    const { signal } = this.#wake;
    this.#waiting = true;
    let ready: ReadyKey<Source>[] | undefined;
    try {
      this.#begin(signal, timeoutSeconds);
      ready = await this.#selector.selectAsync(timeoutSeconds, { signal });
    } catch (error) {
      this.#interrupted(signal, error);
    } finally {
      this.#waiting = false;
    }
    return this.#dispatch(ready);
  }

  /**
   * Makes a turn, and blocks the thread while it waits.
   * @param timeoutSeconds The longest wait, in seconds.
   * @returns As `turn` does.
   */
  turnBlocking(timeoutSeconds: number): number {
    const { signal } = this.#wake;
    this.#waiting = true;
    let ready: ReadyKey<Source>[] | undefined;
    try {
      this.#begin(signal, timeoutSeconds);
      ready = this.#selector.select(timeoutSeconds);
    } catch (error) {
      this.#interrupted(signal, error);
    } finally {
      this.#waiting = false;
    }
    return this.#dispatch(ready);
  }

  /** Brings `nowMs` up to date, for what is done outside a turn. */
  lookAtClock(): void {
    this.nowMs = performance.now();
  }

  /** Frees what the selector owns. */
  close(): void {
    this.wake();
    this.#selector.close();
  }

  #dispatch(ready: readonly ReadyKey<Source>[] | undefined): number {
    this.turns++;
    this.lookAtClock();
    this.turnedMs = this.nowMs;
    this.#turns.waited(ready);
    for (const [{ data: source }, events] of ready ?? []) {
      // An earlier one of this turn may have closed it, or taken it out of the wait.
      const wanted = events & source.interest;
      if (wanted !== 0 && source.fileno() >= 0) source.ready(wanted);
    }
    if (ready?.length === 0) this.#turns.idle();
    this.#turns.done();
    return ready?.length ?? -1;
  }

  // Who is told that a wait begins may end it: by `wake`, or by `close`.
  #begin(signal: AbortSignal, timeoutSeconds: number): void {
    this.#turns.waiting(timeoutSeconds);
    signal.throwIfAborted();
  }

  // Throws where the loop cannot go on.
  #interrupted(signal: AbortSignal, error: unknown): void {
    if (signal.aborted && error === signal.reason) this.#wake = new AbortController();
    else if (!this.#dropClosed(error)) throw error;
  }

  // Whoever closed an fd of ours has stopped select for all: the culprits leave, the others go on.
  #dropClosed(error: unknown): boolean {
    if (!(error instanceof OSError) || error.errno !== EBADF) return false;
    const closed = this.sources.filter((source) => sys.fcntl(source.fileno(), sys.F_GETFD, 0) === EBADF);
    for (const source of closed) {
      this.watch(source, 0);
      source.lost();
    }
    return closed.length > 0;
  }
}
