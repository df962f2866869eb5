import { release } from 'node:os';

import { addressText } from '../server/address-text.ts';
import {
  type Backend,
  type BaseServer,
  type Connection,
  type DisconnectReason,
  Server,
  type TurnRecord,
} from '../server/server.ts';
import { LifeEvents, type LifeLine } from './life-events.ts';
import { QueueSampler } from './queue-sampler.ts';
import type { Sink } from './sink.ts';
import { TRACE_VERSION, type TracedFd, type TraceHeader, type TurnLine } from './trace-lines.ts';
import { interestChanges } from './trace-state.ts';
import { TurnBudget } from './turn-budget.ts';

/** How many turns a second are recorded where nobody says. */
export const turnsPerSecondDefault = 50;

/** How many fds are looked at a recorded turn. */
export const MOST_SAMPLED = 64;

/** What a recorder is told. */
export interface RecorderOptions {
  /** What the loop waits with. */
  readonly backend: Backend;
  /** Its longest wait. */
  readonly timeoutSeconds: number;
  /** How many turns a second are recorded at most; 0 for all of them. */
  readonly turnsPerSecond?: number;
  /** Where the lines go. */
  readonly sinks: readonly Sink[];
}

// A server of connections or of datagrams.
type Watched = Pick<BaseServer<never>, 'address'>;

/**
 * Records a server: its `onTurn`, `opened`, `closed`, `signalled` and `acted` have to be called. The lines come in the
 * order of their `ms`.
 */
export class Recorder {
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
  #skippedDid: Record<string, number> = {};
  #allSkipped = 0;
  // When the present wait began.
  #waitMs = 0;

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

  /**
   * For ServerOptions: it is called between two waits.
   * @param turn The turn that is over.
   */
  readonly onTurn = (turn: TurnRecord): void => {
    if (this.#state === 'new') this.#begin(turn);
    if (this.#state === 'ended') return;
    this.#turns++;
    const nowMs = performance.now();
    this.#budget.pass(nowMs);
    if (this.#budget.hasOne) this.#record(turn);
    else this.#skip(turn);
    if (this.#budget.hasOne) this.#sampler.look(touched(turn));
    else this.#sampler.drop();
    this.#waitMs = nowMs - this.#startMs;
  };

  /**
   * For ServerOptions.onConnection.
   * @param connection Who has connected.
   */
  opened(connection: Connection): void {
    const fd = connection.fileno();
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
    this.#flushLives();
    this.#write({ type: 'end', ms: this.#ms(), turns: this.#turns, skipped: this.#allSkipped });
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
      nodeFd: first?.nodeFd ?? -1,
      timeoutSeconds: finite(timeoutSeconds),
      fds,
    };
    this.#write(header);
  }

  // Before a client can be there, the loop waits for what takes clients.
  #foundAtStart(first: TurnRecord | undefined): TracedFd[] {
    return (first?.asked ?? []).filter(([fd]) => !this.#fds.has(fd)).map(([fd]) => ({ fd, ...this.#server }));
  }

  #record(turn: TurnRecord): void {
    this.#budget.take();
    // What happened in turns that were skipped comes before the beginning of this one.
    for (const line of this.#lives.takeHeld()) this.#write(line);
    const line: TurnLine = {
      type: 'turn',
      turn: this.#turns,
      ms: rounded(this.#waitMs),
      call: turn.call,
      timeoutMs: finite(turn.timeoutSeconds * 1e3),
      waitedMs: rounded(turn.tookSeconds * 1e3),
      cause: turn.woken ? 'woken' : turn.ready.length > 0 ? 'ready' : 'timeout',
      nodeWakes: turn.nodeWakes,
      interest: interestChanges(this.#interest, turn.asked),
      ready: turn.ready.map(([fd, events]) => [fd, events]),
      did: turn.did.map(({ call, fd, result }) => [call, fd, result]),
      state: this.#sampler.tell(),
    };
    if (this.#skipped > 0) Object.assign(line, { skipped: this.#skipped, skippedDid: this.#skippedDid });
    this.#skipped = 0;
    this.#skippedDid = {};
    this.#write(line);
    this.#flushLives();
  }

  #skip({ did }: TurnRecord): void {
    this.#skipped++;
    this.#allSkipped++;
    for (const { call } of did) this.#skippedDid[call] = (this.#skippedDid[call] ?? 0) + 1;
    this.#lives.hold();
  }

  #note(line: LifeLine): void {
    if (this.#state !== 'ended') this.#lives.add(line);
  }

  #flushLives(): void {
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

function* touched({ did, ready }: TurnRecord): Generator<number> {
  for (const { call, fd, result } of did) yield call === 'accept' ? result : fd;
  for (const [fd] of ready) yield fd;
}

// Microseconds are as exact as it gets.
function rounded(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}

// JSON has no Infinity; -1 is what poll(2) says for ever.
function finite(value: number): number {
  return Number.isFinite(value) ? rounded(value) : -1;
}
