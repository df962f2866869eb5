import { format } from 'node:util';

import type { Address } from '../socket/address.ts';
import { type Found, Loop } from './loop/loop.ts';
import type { TurnAction, TurnRecord } from './turns/turn-record.ts';
import type { TurnWatcher } from './turns/turn-recorder.ts';
import { TurnRecorders } from './turns/turn-recorders.ts';
import type { Backend } from './loop/wait-set/backend.ts';

/** What all servers can be told. */
export interface BaseOptions {
  /** What to wait with; 'select' by default. */
  backend?: Backend | undefined;
  /** Called when a wait has ended with nothing ready. */
  onTick?: (() => void) | undefined;
  /** Called with each turn of the loop, for those who want to see it: what was asked, found and done. */
  onTurn?: ((turn: TurnRecord) => void) | undefined;
  /** The same for who wants only some of the turns, or a look at each before anything is done. */
  watcher?: TurnWatcher | undefined;
}

/** What can be closed where a handler that was called for it throws. */
export interface Closable {
  /** Ends it. */
  close(reason: 'error'): void;
}

/** The waits of a server at its end: it yields the longest wait, and is given how many sources were ready. */
export type Waits = Generator<number, void, number>;

/** What a stream server and a datagram server have in common: the loop, its states, and how handlers are called. */
export abstract class BaseServer<Client extends Closable> {
  protected readonly loop: Loop;
  protected state: 'bound' | 'listening' | 'draining' | 'closed' = 'bound';
  protected blocking = false;
  readonly #recorders: TurnRecorders | undefined;
  #leaving: Waits | undefined;

  /**
   * @param options The options.
   * @throws {RangeError} For a backend that is none.
   * @throws {OSError} EMFILE and kin, for 'epoll'.
   */
  constructor(options: BaseOptions) {
    const { backend = 'select', onTick, onTurn, watcher } = options;
    this.loop = new Loop(backend, {
      next: (ready) => this.#next(ready),
      waiting: (timeoutSeconds, nodeFd) => this.#recorders?.waiting(timeoutSeconds, nodeFd),
      left: () => this.#recorders?.left(),
      waited: (found, nodeWakes) => {
        this.#recorders?.waited(found, nodeWakes);
        this.turnBegan();
      },
      receive: (found, first) => this.receive(found, first),
      idle: () => {
        if (this.state === 'listening') this.call(undefined, onTick);
      },
      done: () => {
        this.turnEnded();
        this.#recorders?.done(this.blocking);
      },
      held: (isHeld) => this.#recorders?.held(isHeld),
    });
    const told = onTurn && this.#told(onTurn);
    if (told !== undefined || watcher !== undefined) {
      this.#recorders = new TurnRecorders(backend, this.loop, [told, watcher]);
    }
  }

  /** Where it listens. */
  abstract address(): Address;

  /** Whether it serves, and takes new clients. */
  get listening(): boolean {
    return this.state === 'listening';
  }

  /** When the last wait of the loop ended, on the clock of `performance.now()`. */
  get lastTurnMs(): number {
    return this.loop.turnedMs;
  }

  /**
   * Serves until `shutdown`, and leaves Node alive: timers, promises, signals and Node's own I/O go on meanwhile.
   * @throws {OSError} Where the listener breaks.
   * @throws {Error} Where it serves already, or has served.
   */
  async serveForever(): Promise<void> {
    this.#begin();
    try {
      await this.loop.run();
    } finally {
      this.close();
    }
  }

  /**
   * Serves until a handler calls `shutdown`, and blocks the thread meanwhile, as the Python program does: no timer, no
   * promise and no signal handler of Node runs. A handler that returns a promise has failed.
   * @throws {OSError} Where the listener breaks.
   * @throws {Error} Where it serves already, or has served.
   */
  serveForeverBlocking(): void {
    this.#begin();
    this.blocking = true;
    try {
      this.loop.runBlocking();
    } finally {
      this.close();
    }
  }

  /**
   * Ends `serveForever`: nobody new is served; what has come is delivered, what is under way may be finished, for at most
   * `drainSeconds`. `close` ends it now.
   */
  shutdown(): void {
    if (this.state === 'bound') this.close();
    if (this.state !== 'listening') return;
    this.state = 'draining';
    this.release();
    this.loop.wake();
  }

  /** Whether it is held. */
  get held(): boolean {
    return this.loop.hold.isOn;
  }

  /**
   * Holds the server between two turns: the present wait ends, and no other begins. Node goes on, what clients send gathers
   * in the kernel, and no deadline of theirs passes. What had come before goes on: a handler that is async gets its next
   * message, and what it writes is sent. `release`, `shutdown` and `close` end it. While it is held already, it
   * ends the wait of a `step`.
   * @throws {Error} Where it does not serve, or blocks: nobody could release it.
   */
  hold(): void {
    if (this.state !== 'listening') throw new Error(`the server is ${this.state}`);
    if (this.blocking) throw new Error('the server blocks its thread: nobody could release it');
    this.loop.hold.begin();
    this.loop.wake();
  }

  /**
   * Makes one turn while the server is held; one where nothing is ready ends with its timeout.
   * @throws {Error} Where it is not held.
   */
  step(): void {
    if (!this.held) throw new Error('the server is not held');
    this.loop.hold.step();
  }

  /** Ends `hold`. Where it is not held, it does nothing. */
  release(): void {
    this.loop.hold.end();
  }

  /** Ends everything, now. A second time does nothing. */
  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.closeAll();
    this.#recorders?.end();
    this.loop.close();
  }

  /** `using` closes the server at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  protected abstract listeningSeconds(): number;
  protected abstract leave(): Waits;
  protected abstract closeAll(): void;
  protected abstract report(error: unknown, client: Client | undefined): void;

  protected turnBegan(): void {
    // For who gathers what is written in a turn.
  }

  protected turnEnded(): void {
    // As above.
  }

  protected receive(_found: Found, _first: number): number {
    return 0;
  }

  // A call, since TypeScript does not know that the state changes while a generator rests.
  protected is(state: 'listening' | 'draining'): boolean {
    return this.state === state;
  }

  // Whether somebody watches what is done.
  protected get recording(): boolean {
    return this.#recorders !== undefined;
  }

  protected did(call: TurnAction['call'], fd: number, result: number): void {
    this.#recorders?.did(call, fd, result);
  }

  // A handler that throws ends its own connection, and nothing else; nobody waits for one that is async.
  protected call<Args extends unknown[]>(
    client: Client | undefined,
    handler: ((...args: Args) => unknown) | undefined,
    ...args: Args
  ): void {
    try {
      const result = handler?.(...args);
      if (isPromiseLike(result)) {
        result.then(undefined, (error: unknown) => {
          this.failed(error, client);
        });
      }
    } catch (error) {
      this.failed(error, client);
    }
  }

  // Calls a handler of messages, which may be async: gives its promise, if any.
  protected begin<Message>(
    client: Client,
    handler: ((message: Message, client: Client) => unknown) | undefined,
    message: Message,
  ): Promise<unknown> | undefined {
    try {
      const result = handler?.(message, client);
      return result === undefined ? undefined : this.#promiseOf(result, client);
    } catch (error) {
      this.failed(error, client);
      return undefined;
    }
  }

  protected failed(error: unknown, client: Client | undefined): void {
    client?.close('error');
    try {
      this.report(error, client);
    } catch (thrown) {
      warn(thrown);
    }
  }

  protected checkUnused(): void {
    if (this.state !== 'bound') throw new Error(`the server is ${this.state} already`);
  }

  #promiseOf(result: unknown, client: Client): Promise<unknown> | undefined {
    if (!isPromiseLike(result)) return undefined;
    const promise = Promise.resolve(result);
    if (!this.blocking) return promise;
    promise.then(undefined, () => undefined);
    const message = 'onMessage returned a promise, which serveForeverBlocking cannot await; use serveForever';
    this.failed(new TypeError(message), client);
    return undefined;
  }

  // It wants every turn; one that throws is reported as a handler is.
  #told(onTurn: (turn: TurnRecord) => void): TurnWatcher {
    return {
      waiting: () => undefined,
      wants: () => true,
      waited: () => undefined,
      turned: (turn) => {
        this.call(undefined, onTurn, turn);
      },
      held: () => undefined,
    };
  }

  #begin(): void {
    this.checkUnused();
    this.state = 'listening';
  }

  #next(ready: number): number {
    if (this.state === 'listening') return this.listeningSeconds();
    this.#leaving ??= this.leave();
    const wait = this.#leaving.next(ready);
    return wait.done === true ? -1 : wait.value;
  }
}

/**
 * What is done with an error that nobody takes: a warning of the process.
 * @param error What was thrown.
 */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : format('%s', error));
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
