import { advance, askedAtEnd, copyOf, foundBy, type Snapshot, sorted } from './snapshot.ts';
import type { FdName, FdState, HappeningLine, TraceHeader, TraceLine, TurnLine } from './trace-line.ts';
import { addWork, type CtlCall, NOTHING_DONE, workOf, type WorkOf } from './work.ts';

/** A turn of the trace, with all that was so in its wait; the queues as they were at the end of it. */
export interface TurnState {
  /** Its place among the turns of the trace, from 0. */
  readonly index: number;
  /** Its line. */
  readonly turn: TurnLine;
  /** The fd of Node's own loop, -1 for none. */
  readonly nodeFd: number;
  /** The open fds, in order. */
  readonly fds: ReadonlyMap<number, FdName>;
  /** What was asked at the end of the wait, as EVENT_* bits, in the order of the fds. */
  readonly interest: ReadonlyMap<number, number>;
  /** What came back, as EVENT_* bits, in the order that it came in. */
  readonly ready: ReadonlyMap<number, number>;
  /** The raw bits of what came back, of those of which they are recorded. */
  readonly revents: ReadonlyMap<number, number>;
  /** The queues. */
  readonly queues: ReadonlyMap<number, FdState>;
  /** What epoll would have been told since the turn before. */
  readonly ctl: readonly CtlCall[];
  /** What happened in turns that were left out before this one. */
  readonly before: readonly HappeningLine[];
  /** What happened while it waited and while the program did its work: not yet so in `fds`. */
  readonly during: readonly HappeningLine[];
  /** Whether somebody held the program just after it, and so ended a wait that had found nothing. */
  readonly isHeldAfter: boolean;
  /** The work of this turn, had it been made by each of the three calls. */
  readonly work: WorkOf;
  /** The work of all turns up to this one. */
  readonly total: WorkOf;
}

interface Step {
  readonly turn: TurnLine;
  // What happened since the wait of the turn before: `during` that turn, then `before` this one.
  readonly between: readonly HappeningLine[];
  readonly before: readonly HappeningLine[];
  during: HappeningLine[];
  isHeldAfter: boolean;
  readonly work: WorkOf;
  readonly total: WorkOf;
}

interface Chunk {
  readonly start: Snapshot;
  readonly steps: Step[];
}

/** How much a timeline keeps. */
export interface TimelineLimits {
  /** Turns between two copies of the whole state: going back costs at most so many steps. */
  readonly chunkTurns: number;
  /** How many such stretches are kept, the oldest go first: a page may be left open for a day. */
  readonly mostChunks: number;
}

/** The turns of a trace: lines go in, the state at any turn comes out. */
export class Timeline {
  /** The trace's first line. */
  header: TraceHeader | undefined;
  /** Whether the trace's last line is in. */
  ended = false;
  /** Turns that the recorder left out. */
  skipped = 0;
  /** Whether somebody has stopped the loop between two turns. */
  isHeld = false;
  readonly #limits: TimelineLimits;
  #chunks: Chunk[] = [];
  #first = 0;
  #length = 0;
  #now: Snapshot = { fds: new Map(), interest: new Map(), queues: new Map() };
  #total: WorkOf = NOTHING_DONE;
  readonly #beginning: HappeningLine[] = [];
  #last: Step | undefined;
  #whileHeld: HappeningLine[] = [];

  /**
   * @param limits How much is kept.
   */
  constructor(limits: TimelineLimits = { chunkTurns: 256, mostChunks: 80 }) {
    this.#limits = limits;
  }

  /** The index of the first turn that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The last turn's index, plus 1. */
  get length(): number {
    return this.#length;
  }

  /** What has happened since somebody stopped the loop, or since the last turn that it was asked for. */
  get whileHeld(): readonly HappeningLine[] {
    return this.#whileHeld;
  }

  /** The fd of Node's own loop, -1 for none. */
  get nodeFd(): number {
    return this.header?.nodeFd ?? -1;
  }

  /**
   * Begins, or begins anew: a reader that was too slow is given a second first line, and a turn with all that is asked.
   * @param header The trace's first line.
   */
  begin(header: TraceHeader): void {
    this.header = header;
    this.isHeld = false;
    this.skipped = this.#first = this.#length = 0;
    this.#chunks = [];
    this.#total = NOTHING_DONE;
    this.#last = undefined;
    this.#whileHeld = [];
    const fds = new Map((header.fds ?? []).map((name) => [name.fd, name]));
    this.#now = { fds, interest: new Map(), queues: new Map() };
  }

  /**
   * Adds a line.
   * @param line A line after the first.
   */
  add(line: TraceLine): void {
    if (line.type === 'turn') this.#addTurn(line);
    else if (line.type === 'end') this.ended = true;
    else this.#addHappening(line);
  }

  /**
   * The line of a turn.
   * @param index From `first` to `length - 1`.
   * @returns The line.
   * @throws {RangeError} For another index.
   */
  turnAt(index: number): TurnLine {
    return this.#find(index).step.turn;
  }

  /**
   * The state at a turn.
   * @param index From `first` to `length - 1`.
   * @returns The turn and what was so.
   * @throws {RangeError} For another index.
   */
  at(index: number): TurnState {
    const { chunk, step } = this.#find(index);
    const now = copyOf(chunk.start);
    let ctl: CtlCall[] = [];
    for (const each of chunk.steps) {
      ctl = advance(now, each.between, each.turn);
      if (each === step) break;
    }
    if (index === 0) ctl.push(...this.#nodeCtl());
    const { turn, before, during, isHeldAfter, work, total } = step;
    const { queues } = now;
    const asked = { fds: sorted(now.fds), interest: sorted(askedAtEnd(now.interest, turn)), ctl };
    const state = { ...asked, queues, ...foundBy(turn) };
    return { index, turn, nodeFd: this.nodeFd, ...state, before, during, isHeldAfter, work, total };
  }

  // Node's fd is told once for good, when the loop begins.
  #nodeCtl(): CtlCall[] {
    return this.nodeFd < 0 ? [] : [{ op: 'ADD', fd: this.nodeFd, events: 1 }];
  }

  // A loop is held between two turns: what comes then is not yet seen by it, and belongs to the turn that follows.
  #addHappening(line: HappeningLine): void {
    const isWhileHeld = this.isHeld && (line.type === 'action' || line.type === 'signal') && !this.#isInLast(line);
    if (line.type === 'hold') {
      this.isHeld = line.held;
      if (line.held && this.#last !== undefined) this.#last.isHeldAfter = true;
    }
    if (line.type === 'hold' || isWhileHeld) this.#whileHeld.push(line);
    else (this.#last?.during ?? this.#beginning).push(line);
  }

  #isInLast(line: HappeningLine): boolean {
    return this.#last !== undefined && line.ms <= this.#last.turn.ms + this.#last.turn.waitedMs;
  }

  #find(index: number): { chunk: Chunk; step: Step } {
    const { chunkTurns } = this.#limits;
    const chunk = this.#chunks[Math.floor((index - this.#first) / chunkTurns)];
    const step = chunk?.steps[index % chunkTurns];
    if (chunk === undefined || step === undefined) throw new RangeError(`There is no turn ${index}.`);
    return { chunk, step };
  }

  #addTurn(turn: TurnLine): void {
    const chunk = this.#chunkWithRoom();
    const before = this.#takeFromBefore(turn);
    const between = [...(this.#last?.during ?? []), ...before];
    const ctl = advance(this.#now, between, turn);
    if (this.#length === 0) ctl.push(...this.#nodeCtl());
    const work = workOf({
      interest: askedAtEnd(this.#now.interest, turn),
      ready: turn.ready ?? [],
      readyBefore: turn.skipped ? [] : (this.#last?.turn.ready ?? []),
      ctl,
      nodeFd: this.nodeFd,
      nodeWakes: turn.nodeWakes ?? 0,
    });
    this.#total = addWork(this.#total, work);
    this.#last = { turn, between, before, during: [], isHeldAfter: false, work, total: this.#total };
    chunk.steps.push(this.#last);
    this.#length++;
    this.skipped += turn.skipped ?? 0;
  }

  // What follows a turn's line happened during it; but where turns were left out, some of it may have happened in those.
  #takeFromBefore(turn: TurnLine): HappeningLine[] {
    const last = this.#last;
    const held = this.#whileHeld.splice(0);
    if (last === undefined) return [...this.#beginning.splice(0), ...held];
    if (!turn.skipped) return held;
    const isLasts = (line: HappeningLine): boolean => belongsTo(last.turn, line);
    const before = last.during.filter((line) => !isLasts(line));
    last.during = last.during.filter(isLasts);
    return [...before, ...held];
  }

  #chunkWithRoom(): Chunk {
    const { chunkTurns, mostChunks } = this.#limits;
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.steps.length < chunkTurns) return last;
    const chunk = { start: copyOf(this.#now), steps: [] };
    this.#chunks.push(chunk);
    if (this.#chunks.length > mostChunks) {
      this.#chunks.shift();
      this.#first += chunkTurns;
    }
    return chunk;
  }
}

function belongsTo({ ms, waitedMs, did = [] }: TurnLine, line: HappeningLine): boolean {
  if (line.type === 'open') return did.some(([call, , result]) => call === 'accept' && result === line.fd);
  if (line.type === 'close') return did.some(([call, fd]) => call === 'close' && fd === line.fd);
  return line.ms <= ms + waitedMs;
}
