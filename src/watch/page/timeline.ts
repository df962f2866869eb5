import type { FdName, FdState, HappeningLine, TraceHeader, TraceLine, TurnLine } from './trace.ts';
import { addWork, type CtlCall, NOTHING_DONE, workOf, type WorkOf } from './work.ts';

/** A turn of the trace, with all that was so when its wait began. */
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
  /** The queues. */
  readonly queues: ReadonlyMap<number, FdState>;
  /** What epoll would have been told since the turn before. */
  readonly ctl: readonly CtlCall[];
  /** What happened in turns that were left out before this one. */
  readonly before: readonly HappeningLine[];
  /** What happened while it waited and while the program did its work: not yet so in `fds`. */
  readonly during: readonly HappeningLine[];
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
  readonly work: WorkOf;
  readonly total: WorkOf;
}

// What changes from turn to turn.
interface Snapshot {
  fds: Map<number, FdName>;
  interest: Map<number, number>;
  queues: Map<number, FdState>;
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
  readonly #limits: TimelineLimits;
  #chunks: Chunk[] = [];
  #first = 0;
  #length = 0;
  #now: Snapshot = { fds: new Map(), interest: new Map(), queues: new Map() };
  #total: WorkOf = NOTHING_DONE;
  readonly #beginning: HappeningLine[] = [];
  #last: Step | undefined;

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
    this.skipped = this.#first = this.#length = 0;
    this.#chunks = [];
    this.#total = NOTHING_DONE;
    this.#last = undefined;
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
    else (this.#last?.during ?? this.#beginning).push(line);
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
    const { turn, before, during, work, total } = step;
    const ready = new Map(turn.ready ?? []);
    const { queues } = now;
    const state = { fds: sorted(now.fds), interest: sorted(askedAtEnd(now.interest, turn)), queues, ready, ctl };
    return { index, turn, nodeFd: this.nodeFd, ...state, before, during, work, total };
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
    const work = workOf({
      interest: askedAtEnd(this.#now.interest, turn),
      ready: turn.ready ?? [],
      readyBefore: turn.skipped ? [] : (this.#last?.turn.ready ?? []),
      ctl,
      nodeFd: this.nodeFd,
      nodeWakes: turn.nodeWakes ?? 0,
    });
    this.#total = addWork(this.#total, work);
    this.#last = { turn, between, before, during: [], work, total: this.#total };
    chunk.steps.push(this.#last);
    this.#length++;
    this.skipped += turn.skipped ?? 0;
  }

  // What follows a turn's line happened during it; but where turns were left out, some of it may have happened in those.
  #takeFromBefore(turn: TurnLine): HappeningLine[] {
    const last = this.#last;
    if (last === undefined) return this.#beginning.splice(0);
    if (!turn.skipped) return [];
    const isLasts = (line: HappeningLine): boolean => belongsTo(last.turn, line);
    const before = last.during.filter((line) => !isLasts(line));
    last.during = last.during.filter(isLasts);
    return before;
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

// Brings a snapshot to the wait of a turn, and tells what epoll would have been told on the way.
function advance(now: Snapshot, between: readonly HappeningLine[], turn: TurnLine): CtlCall[] {
  const opened = new Set<number>();
  for (const line of between) {
    if (line.type === 'open') {
      now.fds.set(line.fd, line);
      opened.add(line.fd);
    } else if (line.type === 'close') {
      now.fds.delete(line.fd);
      now.queues.delete(line.fd);
    }
  }
  for (const [fd, state] of turn.state ?? []) now.queues.set(fd, state);
  return changeInterest(now.interest, turn, opened);
}

// A handler may have added to what is asked while the loop waited: a trace has that only with the next turn, but what came
// back was asked for.
function askedAtEnd(interest: ReadonlyMap<number, number>, { ready = [] }: TurnLine): ReadonlyMap<number, number> {
  const late = ready.filter(([fd, events]) => (events & ~(interest.get(fd) ?? 0)) !== 0);
  if (late.length === 0) return interest;
  const asked = new Map(interest);
  for (const [fd, events] of late) asked.set(fd, (asked.get(fd) ?? 0) | events);
  return asked;
}

function belongsTo({ ms, waitedMs, did = [] }: TurnLine, line: HappeningLine): boolean {
  if (line.type === 'open') return did.some(([call, , result]) => call === 'accept' && result === line.fd);
  if (line.type === 'close') return did.some(([call, fd]) => call === 'close' && fd === line.fd);
  return line.ms <= ms + waitedMs;
}

// A number that is used again is another file: epoll forgot the old one.
function changeInterest(interest: Map<number, number>, turn: TurnLine, opened: ReadonlySet<number>): CtlCall[] {
  const changes = new Map(turn.interest ?? []);
  for (const fd of opened) if (interest.has(fd) && !changes.has(fd)) changes.set(fd, interest.get(fd)!);
  const calls: CtlCall[] = [];
  for (const [fd, events] of changes) {
    const known = interest.has(fd);
    const again = known && opened.has(fd);
    if (known && (events === 0 || again)) calls.push({ op: 'DEL', fd, events: 0 });
    if (events !== 0) calls.push({ op: known && !again ? 'MOD' : 'ADD', fd, events });
    if (events === 0) interest.delete(fd);
    else interest.set(fd, events);
  }
  return calls;
}

function copyOf({ fds, interest, queues }: Snapshot): Snapshot {
  return { fds: new Map(fds), interest: new Map(interest), queues: new Map(queues) };
}

function sorted<V>(map: ReadonlyMap<number, V>): Map<number, V> {
  return new Map([...map].sort(([a], [b]) => a - b));
}
