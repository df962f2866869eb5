import type { EventLine, FdState, TracedFd, TraceHeader, TraceLine, TurnLine } from '../../../trace/format.ts';
import { advance, copyOf, type Snapshot, sortedByFd, watchedAtEnd } from './snapshot.ts';
import { addWork, type CtlCall, NO_WORK, type WorkByCall, workOf } from './work.ts';

/** A turn of the trace, with the state during its wait. The queues are as of the end of the wait. */
export interface TurnState {
  /** The index among the turns of the trace, from 0. */
  readonly index: number;
  readonly turn: TurnLine;
  /** The fd of Node's own event loop; -1 for none. */
  readonly nodeFd: number;
  /** The open fds, in the order of their numbers. */
  readonly fds: ReadonlyMap<number, TracedFd>;
  /** The EVENT_* bits that the call watched at the end of the wait, in the order of the fds. */
  readonly interest: ReadonlyMap<number, number>;
  /** The EVENT_* bits that the call returned, in its order. */
  readonly ready: ReadonlyMap<number, number>;
  /** The raw bits that the call returned, for the fds that have recorded ones. */
  readonly revents: ReadonlyMap<number, number>;
  readonly queues: ReadonlyMap<number, FdState>;
  /** The calls of epoll_ctl that a program with epoll makes between the wait before and this one. */
  readonly ctl: readonly CtlCall[];
  /** The events in turns that were not recorded before this one. */
  readonly before: readonly EventLine[];
  /** The events during the wait and while the program handled its result. `fds` does not include them. */
  readonly during: readonly EventLine[];
  /** Whether somebody paused the program right after this turn, and so ended a wait that had found nothing. */
  readonly isPausedAfter: boolean;
  readonly work: WorkByCall;
  /** The work of all turns up to this one. */
  readonly total: WorkByCall;
}

interface Step extends Pick<TurnState, 'turn' | 'ctl' | 'before' | 'work' | 'total'> {
  /** The events since the wait of the turn before: its `during`, then `before` of this turn. */
  readonly between: readonly EventLine[];
  during: EventLine[];
  isPausedAfter: boolean;
}

interface Chunk {
  readonly start: Snapshot;
  readonly steps: Step[];
}

export interface TimelineLimits {
  /** The number of turns between two copies of the whole state: showing a turn replays at most as many steps. */
  readonly chunkTurns: number;
  /** The number of chunks that are kept, because a page may be open for a day. The oldest are dropped. */
  readonly maxChunks: number;
}

/** The turns of a trace: it receives lines, and returns the state at any turn. */
export class Timeline {
  header: TraceHeader | undefined;
  ended = false;
  /** How many turns were not recorded. */
  skipped = 0;
  /** Whether somebody has paused the loop between two turns. */
  isPaused = false;
  /** The index of the first turn that is kept. */
  first = 0;
  /** The index of the last turn, plus 1. */
  length = 0;
  /** The events since somebody paused the loop, or since the last single turn. */
  whilePaused: EventLine[] = [];
  readonly #limits: TimelineLimits;
  #chunks: Chunk[] = [];
  #now: Snapshot = { fds: new Map(), interest: new Map(), queues: new Map() };
  #total = NO_WORK;
  readonly #beforeFirst: EventLine[] = [];
  #last: Step | undefined;

  constructor(limits: TimelineLimits = { chunkTurns: 256, maxChunks: 80 }) {
    this.#limits = limits;
  }

  get nodeFd(): number {
    return this.header?.nodeFd ?? -1;
  }

  /** Starts with the first line. A reader that was too slow receives a second first line, and starts again. */
  start(header: TraceHeader): void {
    this.header = header;
    this.isPaused = false;
    this.skipped = this.first = this.length = 0;
    this.#chunks = [];
    this.#total = NO_WORK;
    this.#last = undefined;
    this.whilePaused = [];
    const fds = new Map(header.fds.map((fd) => [fd.fd, fd]));
    this.#now = { fds, interest: new Map(), queues: new Map() };
  }

  /** Adds a line after the first. */
  add(line: TraceLine): void {
    if (line.type === 'turn') this.#addTurn(line);
    else if (line.type === 'end') this.ended = true;
    else this.#addEvent(line);
  }

  /** @param index From `first` to `length - 1`. */
  turnAt(index: number): TurnLine {
    return this.#find(index).step.turn;
  }

  /** @param index From `first` to `length - 1`. */
  at(index: number): TurnState {
    const { chunk, step } = this.#find(index);
    const now = copyOf(chunk.start);
    for (const each of chunk.steps) {
      advance(now, each.between, each.turn);
      if (each === step) break;
    }
    const { turn } = step;
    const raw = turn.ready.flatMap(([fd, , revents]) => (revents === undefined ? [] : [[fd, revents] as const]));
    return {
      ...step,
      index,
      nodeFd: this.nodeFd,
      queues: now.queues,
      fds: sortedByFd(now.fds),
      interest: sortedByFd(watchedAtEnd(now.interest, turn)),
      ready: new Map(turn.ready.map(([fd, events]) => [fd, events])),
      revents: new Map(raw),
    };
  }

  /** The loop is paused between two turns: the loop has not seen what happens then, so it belongs to the next turn. */
  #addEvent(line: EventLine): void {
    const isWhilePaused = this.isPaused && (line.type === 'action' || line.type === 'signal') && !this.#isInLast(line);
    if (line.type === 'hold') {
      this.isPaused = line.held;
      if (line.held && this.#last !== undefined) this.#last.isPausedAfter = true;
    }
    if (line.type === 'hold' || isWhilePaused) this.whilePaused.push(line);
    else (this.#last?.during ?? this.#beforeFirst).push(line);
  }

  #isInLast(line: EventLine): boolean {
    return this.#last !== undefined && line.ms <= this.#last.turn.ms + this.#last.turn.waitedMs;
  }

  #find(index: number): { chunk: Chunk; step: Step } {
    const { chunkTurns } = this.#limits;
    const chunk = this.#chunks[Math.floor((index - this.first) / chunkTurns)];
    const step = chunk?.steps[index % chunkTurns];
    if (chunk === undefined || step === undefined) throw new RangeError(`There is no turn ${index}.`);
    return { chunk, step };
  }

  #addTurn(turn: TurnLine): void {
    const chunk = this.#chunkWithRoom();
    const before = this.#eventsBefore(turn);
    const between = [...(this.#last?.during ?? []), ...before];
    const ctl = advance(this.#now, between, turn);
    // A program adds Node's fd to epoll once, when its loop starts.
    if (this.length === 0 && this.nodeFd >= 0) ctl.push({ op: 'ADD', fd: this.nodeFd, events: 1 });
    const work = workOf({
      interest: watchedAtEnd(this.#now.interest, turn),
      ready: turn.ready,
      readyBefore: turn.skipped ? [] : (this.#last?.turn.ready ?? []),
      ctl,
      nodeFd: this.nodeFd,
      nodeWakes: turn.nodeWakes,
    });
    this.#total = addWork(this.#total, work);
    this.#last = { turn, ctl, between, before, during: [], isPausedAfter: false, work, total: this.#total };
    chunk.steps.push(this.#last);
    this.length++;
    this.skipped += turn.skipped ?? 0;
  }

  /** Events after the line of a turn happened during that turn, or in turns after it that were not recorded. */
  #eventsBefore(turn: TurnLine): EventLine[] {
    const last = this.#last;
    const whilePaused = this.whilePaused.splice(0);
    if (last === undefined) return [...this.#beforeFirst.splice(0), ...whilePaused];
    if (!turn.skipped) return whilePaused;
    const before = last.during.filter((line) => !belongsTo(last.turn, line));
    last.during = last.during.filter((line) => belongsTo(last.turn, line));
    return [...before, ...whilePaused];
  }

  #chunkWithRoom(): Chunk {
    const { chunkTurns, maxChunks } = this.#limits;
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.steps.length < chunkTurns) return last;
    const chunk = { start: copyOf(this.#now), steps: [] };
    this.#chunks.push(chunk);
    if (this.#chunks.length > maxChunks) {
      this.#chunks.shift();
      this.first += chunkTurns;
    }
    return chunk;
  }
}

function belongsTo({ ms, waitedMs, did }: TurnLine, line: EventLine): boolean {
  if (line.type === 'open') return did.some(([call, , result]) => call === 'accept' && result === line.fd);
  if (line.type === 'close') return did.some(([call, fd]) => call === 'close' && fd === line.fd);
  return line.ms <= ms + waitedMs;
}
