import { release } from 'node:os';

import { addressText } from '../server/address-text.ts';
import type { Backend } from '../server/loop/wait-set/backend.ts';
import type { LoopServer } from '../server/loop-server.ts';
import type { Connection } from '../server/connection/connection.ts';
import type { DisconnectReason } from '../server/connection/disconnect-reason.ts';
import { Server } from '../server/server.ts';
import type { TurnRecord } from '../server/turns/turn-record.ts';
import type { TurnWatcher } from '../server/turns/turn-recorder.ts';
import { LifeEvents, type LifeLine } from './pending-lines.ts';
import { QueueSampler } from './queue-sampler.ts';
import type { Sink } from './sink.ts';
import { type FdState, TRACE_VERSION, type TracedFd, type TraceHeader } from './format.ts';
import { TurnBudget, turnsPerSecondDefault } from './turn-rate-limit.ts';
import { finite, isShown, rounded, turnLine } from './turn-line.ts';

/** How many fds are looked at a recorded turn. */
export const MOST_SAMPLED = 64;

/** What a recorder is told. */
export interface RecorderOptions {
  /** What the loop waits with. */
  readonly backend: Backend;
  /** Its longest wait. */
  readonly timeoutSeconds: number;
  /** How many turns a second are recorded at most; 0 for all of them. */
  readonly turnsPerSecond?: number | undefined;
  /** Where the lines go. */
  readonly sinks: readonly Sink[];
}

// A server of connections or of datagrams.
type Watched = Pick<LoopServer<never>, 'address'>;

/**
 * Records a server: it is its watcher, and its `opened`, `closed`, `signalled` and `acted` have to be called. The lines come
 * in the order of their `ms`. Fds above MOST_FD are left out.
 */
export class Recorder implements TurnWatcher {
  readonly #options: RecorderOptions;
  readonly #sinks: readonly Sink[];
  readonly #budget: TurnBudget;
  readonly #date = new Date().toISOString();
  readonly #startMs = performance.now();
  readonly #fds = new Map<number, Connection | undefined>();
  readonly #sampler = new QueueSampler(this.#fds, MOST_SAMPLED);
  readonly #fdOf = new Map<Connection, number>();
  readonly #interest = new Map<number, number>();
  readonly #lives = new LifeEvents();
  #server: Omit<TracedFd, 'fd'> = { what: 'listener', name: '' };
  #state: 'new' | 'recording' | 'ended' = 'new';
  #turns = 0;
  #skipped = 0;
  // Whether there is a wait, or what was done after it is still to be told.
  #isUnderWay = false;
  #isHeld = false;
  #seen: [number, FdState][] = [];
  // Fds that something was done with in the last turn that was recorded.
  #touched: readonly number[] = [];

  /** @param options What is recorded, and where to. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#sinks = options.sinks;
    this.#budget = new TurnBudget(options.turnsPerSecond ?? turnsPerSecondDefault);
  }

  /**
   * Tells which server it is that is recorded.
   * @param server The server, before its first turn.
   */
  attach(server: Watched): void {
    const what = server instanceof Server ? 'listener' : 'datagrams';
    this.#server = { what, name: addressText(server.address()) };
  }

  /** A wait begins: what has happened before, in a turn that was skipped, is before it. */
  waiting(): void {
    this.#lives.hold();
    this.#isUnderWay = true;
  }

  /**
   * Whether a turn is to be recorded: while the loop is held, each step is.
   * @param nowMs The time.
   * @returns So.
   */
  wants(nowMs: number): boolean {
    if (this.#state === 'ended') return false;
    this.#turns++;
    const wanted = this.#budget.take(nowMs) || this.#isHeld;
    if (!wanted) this.#skipped++;
    return wanted;
  }

  /**
   * Looks at what waits at the fds of a turn.
   * @param turn The turn, whose wait has ended.
   */
  waited(turn: TurnRecord): void {
    if (this.#state === 'new') this.#begin(turn);
    this.#seen = this.#sampler.look([...turn.ready.map(([fd]) => fd), ...this.#touched]);
  }

  /**
   * Writes a turn.
   * @param turn The turn, which is over.
   */
  turned(turn: TurnRecord): void {
    if (this.#state === 'ended') return;
    this.#touched = turn.did.map(({ call, fd, result }) => (call === 'accept' ? result : fd));
    // What happened in turns that were skipped comes before the beginning of this one.
    for (const line of this.#lives.takeHeld()) this.#write(line);
    this.#write(turnLine(turn, this.#turns, this.#startMs, this.#interest, this.#seen));
    this.#rest();
  }

  /**
   * Somebody holds the loop, or lets it go on.
   * @param isHeld Which.
   */
  held(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#rest();
    this.#note({ type: 'hold', ms: this.#ms(), held: isHeld });
  }

  /**
   * For ServerOptions.onConnection.
   * @param connection Who has connected.
   */
  opened(connection: Connection): void {
    const fd = connection.fileno();
    if (!isShown(fd)) return;
    this.#fds.set(fd, connection);
    this.#fdOf.set(connection, fd);
    this.#note({ type: 'open', ms: this.#ms(), fd, what: 'client', name: addressText(connection.address) });
  }

  /**
   * For ServerOptions.onDisconnect.
   * @param connection Who has left.
   * @param reason Why.
   */
  closed(connection: Connection, reason: DisconnectReason): void {
    const fd = this.#fdOf.get(connection);
    if (fd === undefined) return;
    this.#fdOf.delete(connection);
    this.#fds.delete(fd);
    this.#sampler.forget(fd);
    this.#note({ type: 'close', ms: this.#ms(), fd, reason });
  }

  /**
   * The process was sent a signal.
   * @param name Its name.
   */
  signalled(name: NodeJS.Signals): void {
    this.#note({ type: 'signal', ms: this.#ms(), name });
  }

  /**
   * Somebody makes something happen.
   * @param action Its name.
   * @param text What happens, in a sentence.
   */
  acted(action: string, text: string): void {
    this.#note({ type: 'action', ms: this.#ms(), action, text });
  }

  /** Writes the last line. A second time does nothing. */
  end(): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'new') this.#begin(undefined);
    this.#state = 'ended';
    this.#rest();
    this.#write({ type: 'end', ms: this.#ms(), turns: this.#turns, skipped: this.#skipped });
  }

  #begin(first: TurnRecord | undefined): void {
    this.#state = 'recording';
    const { backend, timeoutSeconds } = this.#options;
    const fds = this.#foundAtStart(first);
    for (const { fd } of fds) this.#fds.set(fd, undefined);
    const header: TraceHeader = {
      tripollTrace: TRACE_VERSION,
      date: this.#date,
      backend,
      node: process.version,
      kernel: release(),
      nodeFd: first !== undefined && isShown(first.nodeFd) ? first.nodeFd : -1,
      timeoutSeconds: finite(timeoutSeconds),
      fds,
    };
    this.#write(header);
  }

  // Before a client can be there, the loop waits for what takes clients.
  #foundAtStart(first: TurnRecord | undefined): TracedFd[] {
    const asked = first?.asked ?? [];
    return asked.filter(([fd]) => isShown(fd) && !this.#fds.has(fd)).map(([fd]) => ({ fd, ...this.#server }));
  }

  // What happens while nothing is under way is written at once; there may be no next turn for long.
  #note(line: LifeLine): void {
    if (this.#state === 'ended') return;
    if (this.#isUnderWay || this.#state === 'new') this.#lives.add(line);
    else this.#write(line);
  }

  // Nothing is under way.
  #rest(): void {
    this.#isUnderWay = false;
    for (const line of [...this.#lives.takeHeld(), ...this.#lives.take()]) this.#write(line);
  }

  #write(line: object): void {
    const text = JSON.stringify(line);
    for (const sink of this.#sinks) sink.write(text);
  }

  #ms(): number {
    return rounded(performance.now() - this.#startMs);
  }
}
