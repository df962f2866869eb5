import { release } from 'node:os';

import { hostPortText } from '../socket/address-text.ts';
import type { Backend } from '../server/loop/wait-set/backend.ts';
import type { LoopServer } from '../server/loop-server.ts';
import type { Connection } from '../server/connection/connection.ts';
import type { DisconnectReason } from '../server/connection/disconnect-reason.ts';
import { Server } from '../server/server.ts';
import type { TurnRecord } from '../server/turns/turn-record.ts';
import type { TurnWatcher } from '../server/turns/turn-recorder.ts';
import { type EventLine, TRACE_VERSION, type TracedFd, type TraceHeader, type TurnLine } from './format.ts';
import { PendingLines } from './pending-lines.ts';
import { QueueSampler } from './queue-sampler.ts';
import type { TraceWriter } from './trace-file.ts';
import { isTraceable, limitForJson, roundMs, turnLine } from './turn-line.ts';
import { TurnRateLimit, turnsPerSecondDefault } from './turn-rate-limit.ts';

/** The number of fds whose queues are read in each recorded turn. */
const MAX_SAMPLED_FDS = 64;

export interface RecorderOptions {
  readonly backend: Backend;
  /** The longest wait of the loop. */
  readonly timeoutSeconds: number;
  /** The highest number of turns to record in a second; 0 for no limit. */
  readonly turnsPerSecond?: number | undefined;
  readonly writers: readonly TraceWriter[];
}

/**
 * Records a server as the watcher of its turns. The server's handlers have to call `opened` and `closed`. Lines are written in
 * the order of their `ms`, and fds above MAX_FD are left out.
 */
export class Recorder implements TurnWatcher {
  readonly #options: RecorderOptions;
  readonly #rateLimit: TurnRateLimit;
  readonly #date = new Date().toISOString();
  readonly #startMs = performance.now();
  readonly #fds = new Map<number, Connection | undefined>();
  readonly #sampler = new QueueSampler(this.#fds, MAX_SAMPLED_FDS);
  /** A connection that is closed has lost its fd. */
  readonly #fdOf = new Map<Connection, number>();
  readonly #interest = new Map<number, number>();
  readonly #pending = new PendingLines();
  #listener: Omit<TracedFd, 'fd'> = { what: 'listener', name: '' };
  #state: 'new' | 'recording' | 'ended' = 'new';
  #turns = 0;
  #skipped = 0;
  /** True from the start of a wait until the line of its turn is written. */
  #isInTurn = false;
  #isPaused = false;
  #changedStates: TurnLine['state'] = [];
  /** The fds that the program used in the last recorded turn. */
  #used: readonly number[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#rateLimit = new TurnRateLimit(options.turnsPerSecond ?? turnsPerSecondDefault);
  }

  /** Sets the server to record, before its first turn. */
  attach(server: Pick<LoopServer<never>, 'address'>): void {
    const what = server instanceof Server ? 'listener' : 'datagrams';
    this.#listener = { what, name: hostPortText(server.address()) };
  }

  waiting(): void {
    // The turn before was skipped if it still has lines here: a recorded turn has written them.
    this.#pending.skipTurn();
    this.#isInTurn = true;
  }

  /** While the loop is paused, every single step is recorded. A turn is left out while a writer cannot keep up. */
  wants(nowMs: number): boolean {
    if (this.#state === 'ended') return false;
    this.#turns++;
    const isFull = this.#options.writers.some((writer) => writer.isFull);
    const isWanted = !isFull && (this.#rateLimit.allows(nowMs) || this.#isPaused);
    if (!isWanted) this.#skipped++;
    return isWanted;
  }

  waited(turn: TurnRecord): void {
    if (this.#state === 'new') this.#writeHeader(turn);
    this.#changedStates = this.#sampler.sample([...turn.ready.map(([fd]) => fd), ...this.#used]);
  }

  turned(turn: TurnRecord): void {
    if (this.#state === 'ended') return;
    this.#used = turn.did.map(({ call, fd, result }) => (call === 'accept' ? result : fd));
    // Events of skipped turns happened before this turn.
    for (const line of this.#pending.takeSkipped()) this.#write(line);
    this.#write(turnLine(turn, this.#turns, this.#startMs, this.#interest, this.#changedStates));
    this.#leaveTurn();
  }

  held(isHeld: boolean): void {
    this.#isPaused = isHeld;
    if (isHeld) this.#leaveTurn();
    this.#add({ type: 'hold', ms: this.#ms(), held: isHeld });
  }

  /** Call this from ServerOptions.onConnection. */
  opened(connection: Connection): void {
    const fd = connection.fileno();
    if (!isTraceable(fd)) return;
    this.#fds.set(fd, connection);
    this.#fdOf.set(connection, fd);
    this.#add({ type: 'open', ms: this.#ms(), fd, what: 'client', name: hostPortText(connection.address) });
  }

  /** Call this from ServerOptions.onDisconnect. */
  closed(connection: Connection, reason: DisconnectReason): void {
    const fd = this.#fdOf.get(connection);
    if (fd === undefined) return;
    this.#fdOf.delete(connection);
    this.#fds.delete(fd);
    this.#sampler.forget(fd);
    this.#add({ type: 'close', ms: this.#ms(), fd, reason });
  }

  /** The process received a signal. */
  signalled(name: NodeJS.Signals): void {
    this.#add({ type: 'signal', ms: this.#ms(), name });
  }

  /** Somebody pressed a button of the page; `text` says in a sentence what it does. */
  acted(action: string, text: string): void {
    this.#add({ type: 'action', ms: this.#ms(), action, text });
  }

  /** Writes the last line, once. */
  end(): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'new') this.#writeHeader(undefined);
    this.#state = 'ended';
    this.#leaveTurn();
    this.#write({ type: 'end', ms: this.#ms(), turns: this.#turns, skipped: this.#skipped });
  }

  #writeHeader(first: TurnRecord | undefined): void {
    this.#state = 'recording';
    const { backend, timeoutSeconds } = this.#options;
    // In the first turn, the loop watches only the listener or the datagram socket: there are no clients yet.
    const watched = (first?.asked ?? []).filter(([fd]) => isTraceable(fd) && !this.#fds.has(fd));
    for (const [fd] of watched) this.#fds.set(fd, undefined);
    const header: TraceHeader = {
      tripollTrace: TRACE_VERSION,
      date: this.#date,
      backend,
      node: process.version,
      kernel: release(),
      nodeFd: first !== undefined && isTraceable(first.nodeFd) ? first.nodeFd : -1,
      timeoutSeconds: limitForJson(timeoutSeconds),
      fds: watched.map(([fd]) => ({ fd, ...this.#listener })),
    };
    this.#write(header);
  }

  /** Between two turns a line is written at once, because the next turn may be a long time away. */
  #add(line: EventLine): void {
    if (this.#state === 'ended') return;
    if (this.#isInTurn || this.#state === 'new') this.#pending.add(line);
    else this.#write(line);
  }

  #leaveTurn(): void {
    this.#isInTurn = false;
    for (const line of [...this.#pending.takeSkipped(), ...this.#pending.takeTurn()]) this.#write(line);
  }

  #write(line: object): void {
    const text = JSON.stringify(line);
    for (const writer of this.#options.writers) writer.write(text);
  }

  #ms(): number {
    return roundMs(performance.now() - this.#startMs);
  }
}
