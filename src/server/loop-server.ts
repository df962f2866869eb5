import type { Address } from '../socket/address.ts';
import type { HandlerCalls } from './handler-calls.ts';
import { checked, turnMillisecondsDefault } from './limits.ts';
import type { SocketOptions } from './listener/socket-options.ts';
import { type Clock, systemClock } from './loop/clock.ts';
import { Loop, type Source } from './loop/loop.ts';
import type { RunQueue } from './loop/run-queue.ts';
import type { PeerStats, Silence } from './peers.ts';
import type { Backend } from './loop/wait-set/backend.ts';
import type { LoopTimings } from './loop/loop-timings.ts';
import { GuardedWatcher } from './turns/guarded-watcher.ts';
import type { TurnRecord } from './turns/turn-record.ts';
import type { TurnWatcher } from './turns/turn-recorder.ts';
import { TurnRecorders } from './turns/turn-recorders.ts';

/** The options that stream servers and datagram servers share. */
export interface LoopServerOptions extends SocketOptions {
  /** The system call that the loop waits with; 'select' by default. */
  backend?: Backend | undefined;
  /**
   * The time after which a turn visits no further client, in whole milliseconds; 10 by default, 0 disables the limit. The clients
   * that were not visited come first in the next turn.
   */
  turnMilliseconds?: number | undefined;
  /**
   * Called once when an address or a client has sent no message for longer than `expectEverySeconds`, and once when it is back.
   * @param silence Who is silent, and whether the silence is over.
   */
  onSilence?: ((silence: Silence) => unknown) | undefined;
  /** Called when a wait has ended with nothing ready. */
  onTick?: (() => unknown) | undefined;
  /**
   * Called with the record of each turn of the loop: what it waited for, what was ready, and what was done.
   * @param turn The record, which the function may keep.
   */
  onTurn?: ((turn: TurnRecord) => unknown) | undefined;
  /** Watches the turns more closely than `onTurn`: it chooses turns, and sees each one before anything is done. */
  watcher?: TurnWatcher | undefined;
  /**
   * A clock that a test moves instead of waiting.
   * @internal
   */
  clock?: Clock | undefined;
}

/**
 * The waits of a server that shuts down. The generator yields the longest time to wait, in seconds, and receives the number of
 * sources that were ready, -1 when the wait was ended early.
 */
export type ShutdownWaits = Generator<number, void, number>;

/** The part that stream servers and datagram servers share: the loop, and the states of the server. */
export abstract class LoopServer<Client extends object> {
  /** @internal */
  protected readonly loop: Loop;
  /** @internal */
  protected readonly handlers: HandlerCalls<Client>;
  /** @internal */
  protected state: 'bound' | 'listening' | 'draining' | 'closed' = 'bound';
  readonly #recorders: TurnRecorders | undefined;
  #shutdownWaits: ShutdownWaits | undefined;

  /** @internal */
  constructor(options: LoopServerOptions, handlers: HandlerCalls<Client>) {
    const { backend = 'select', onTick, onTurn, watcher, clock = systemClock } = options;
    const turnMilliseconds =
      checked('turnMilliseconds', options.turnMilliseconds ?? turnMillisecondsDefault) || Infinity;
    this.handlers = handlers;
    this.loop = new Loop(backend, turnMilliseconds, clock, {
      nextTimeoutSeconds: (readyCount) => this.#nextTimeoutSeconds(readyCount),
      waitStarted: (timeoutSeconds, nodeFd) => this.#recorders?.waitStarted(timeoutSeconds, nodeFd),
      yieldedToNode: () => this.#recorders?.yieldedToNode(),
      waitEnded: (ready, nodeWakes) => {
        this.#recorders?.waitEnded(ready, nodeWakes);
        this.turnStarted();
      },
      serveTogether: (queue) => this.serveTogether(queue),
      nothingReady: () => {
        if (this.state === 'listening') handlers.call('onTick', undefined, onTick);
      },
      waitFailed: (code) => {
        this.waitFailed(code);
      },
      turnEnded: () => {
        this.turnEnded();
        this.#recorders?.turnEnded(handlers.blocking);
      },
      pauseChanged: (isPaused) => this.#recorders?.pauseChanged(isPaused),
    });
    const watchers = [onTurn && this.#watcherOf(onTurn), watcher && new GuardedWatcher(watcher, handlers)].filter(
      (one) => one !== undefined,
    );
    if (watchers.length > 0) this.#recorders = new TurnRecorders(backend, this.loop, watchers);
  }

  /**
   * The address that the server listens on.
   * @returns The address, with the port that the kernel chose when port 0 was asked for.
   */
  abstract address(): Address;

  /**
   * The statistics of each address that has sent a message, at most `maxPeers`, and at the end those of all others together.
   * @returns A copy.
   */
  abstract peers(): PeerStats[];

  /**
   * How long the turns took, and how long Node's own work kept the loop from its waits.
   * @returns The durations since the first call of this method.
   */
  loopTimings(): LoopTimings {
    return this.loop.measure();
  }

  /** The size of the receive buffer that the kernel has given, in bytes; that of a new connection, in a server of connections; 0 when the server listens no more. */
  abstract get receiveBufferBytes(): number;

  /** Whether the server serves, and accepts new clients. */
  get listening(): boolean {
    return this.state === 'listening';
  }

  /** The time at which the last wait of the loop ended, in ms on the clock of `performance.now()`. */
  get lastTurnMs(): number {
    return this.loop.lastTurnMs;
  }

  /**
   * Serves until `shutdown` has drained. Node's timers, promises, signals and I/O go on meanwhile.
   * @throws {OSError} EBADF, ENOTSOCK, EINVAL: the listening socket can no longer be used.
   * @throws {Error} When the server serves already, or has been closed.
   */
  async serveForever(): Promise<void> {
    this.#startListening();
    try {
      this.handlers.createContext();
      await this.loop.run();
    } finally {
      this.close();
    }
  }

  /**
   * Serves until a handler calls `shutdown`, and blocks the thread, as the Python program does: no timer, promise or signal
   * handler of Node runs. A handler that returns a promise has failed.
   * @throws {OSError} EBADF, ENOTSOCK, EINVAL: the listening socket can no longer be used.
   * @throws {Error} When the server serves already, or has been closed.
   */
  serveForeverBlocking(): void {
    this.#startListening();
    this.handlers.createContext();
    this.handlers.blocking = true;
    try {
      this.loop.runBlocking();
    } finally {
      this.close();
    }
  }

  /**
   * Ends `serveForever`: the server accepts no new client, delivers what has arrived, and lets unfinished work finish for at
   * most `drainSeconds`. `close` ends the server at once.
   */
  shutdown(): void {
    if (this.state === 'bound') this.close();
    if (this.state !== 'listening') return;
    this.state = 'draining';
    this.release();
    this.loop.wake();
  }

  /** Whether `hold` has paused the loop. */
  get held(): boolean {
    return this.loop.pause.isOn;
  }

  /**
   * Pauses the loop between two turns: the present wait ends, and no other starts. Node goes on. The kernel keeps what clients
   * send, and no deadline of a client passes. Work that arrived earlier goes on: an async handler gets its next message, and
   * what it writes is sent. `release`, `shutdown` and `close` end the pause. During a pause, `hold` ends the wait of a `step`.
   * @throws {Error} When the server does not serve, or blocks its thread, so that nobody could call `release`.
   */
  hold(): void {
    if (this.state !== 'listening') throw new Error(`the server is ${this.state}`);
    if (this.handlers.blocking) throw new Error('the server blocks its thread: nobody could release it');
    this.loop.pause.start();
    this.loop.wake();
  }

  /**
   * Makes one turn during a pause. The turn ends with its timeout when nothing is ready.
   * @throws {Error} When the loop is not paused.
   */
  step(): void {
    if (!this.held) throw new Error('the server is not held');
    this.loop.pause.allowOneTurn();
  }

  /** Ends a pause. Does nothing when the loop is not paused. */
  release(): void {
    this.loop.pause.end();
  }

  /** Ends everything at once. A second call does nothing. */
  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.closeAll();
    this.#recorders?.end();
    this.loop.close();
  }

  /** Closes the server at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * The longest wait of a turn while the server listens.
   * @internal
   */
  protected abstract listeningTimeoutSeconds(): number;
  /** @internal */
  protected abstract shutdownWaits(): ShutdownWaits;
  /**
   * Closes the listener and all clients.
   * @internal
   */
  protected abstract closeAll(): void;

  /** @internal */
  protected turnStarted(): void {
    // A server that collects output during a turn overrides this.
  }

  /** @internal */
  protected turnEnded(): void {
    // A server that collects output during a turn overrides this.
  }

  /**
   * As LoopOwner.waitFailed.
   * @internal
   */
  protected abstract waitFailed(code: string): void;

  /**
   * As LoopOwner.serveTogether.
   * @internal
   */
  protected serveTogether(_queue: RunQueue<Source>): number {
    return 0;
  }

  /**
   * TypeScript does not know that the state changes while a generator is suspended, so the comparison is a method.
   * @internal
   */
  protected is(state: 'listening' | 'draining'): boolean {
    return this.state === state;
  }

  /**
   * The recorders of the turns; `undefined` when nobody watches the turns.
   * @internal
   */
  protected get recorders(): TurnRecorders | undefined {
    return this.#recorders;
  }

  /** @internal */
  protected checkUnused(): void {
    if (this.state !== 'bound') throw new Error(`the server is ${this.state} already`);
  }

  // A watcher that wants every turn. When onTurn throws, the error is reported as a handler's error is.
  #watcherOf(onTurn: (turn: TurnRecord) => unknown): TurnWatcher {
    return {
      waiting: () => undefined,
      wants: () => true,
      waited: () => undefined,
      turned: (turn) => {
        this.handlers.call('onTurn', undefined, onTurn, turn);
      },
      held: () => undefined,
    };
  }

  #startListening(): void {
    this.checkUnused();
    this.state = 'listening';
  }

  // The timeout of the next wait is chosen here: by the server while it listens, by its shutdown afterwards.
  #nextTimeoutSeconds(readyCount: number): number {
    if (this.state === 'listening') return this.listeningTimeoutSeconds();
    this.#shutdownWaits ??= this.shutdownWaits();
    const wait = this.#shutdownWaits.next(readyCount);
    return wait.done === true ? -1 : wait.value;
  }
}
