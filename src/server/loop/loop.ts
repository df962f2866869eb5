import { EBADF, EINTR } from '../../system/errno.ts';
import { osError } from '../../system/errors.ts';
import { enterNodeLoop, leaveNodeLoop, openNodeLoop, type Waiter } from '../../select/node-loop.ts';
import type { PollTable } from '../../system/poll-table.ts';
import * as sys from '../../system/calls.ts';
import { Hold } from './pause.ts';
import { type Backend, createWaitSet } from './wait-set/backend.ts';
import type { WaitSet } from './wait-set/wait-set.ts';

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

/** What a wait has found: the first `count` of each list, which are the loop's own and used again. */
export interface Found {
  /** How many sources are ready. */
  count: number;
  /** The sources. */
  readonly sources: (Source | undefined)[];
  /** EVENT_* bits of each. */
  readonly events: number[];
}

/** What the owner of a loop does in every turn. */
export interface Turns {
  /**
   * Called for each wait.
   * @param ready How many sources the turn before found ready; -1 where its wait was ended early, or it is the first.
   * @returns The longest wait, in seconds; negative ends the loop.
   */
  next(ready: number): number;
  /** Called before each wait, with Node's fd, -1 where Node stands still meanwhile. */
  waiting(timeoutSeconds: number, nodeFd: number): void;
  /** Called where the wait is left for Node to have its turn, and will go on. */
  left(): void;
  /** Called after each wait: with nothing, where it was ended early; and with how often it went on after Node had its turn. */
  waited(found: Found | undefined, nodeWakes: number): void;
  /**
   * Called before `ready` of a source, for who does several at once.
   * @param found What the wait has found.
   * @param first Which source it is.
   * @returns How many sources from there are done.
   */
  receive(found: Found, first: number): number;
  /** Called when a wait has ended with nothing ready. */
  idle(): void;
  /** Called at the end of each turn. */
  done(): void;
  /** Called where somebody holds the loop and it rests between two turns now, and where it goes on. */
  held(isHeld: boolean): void;
}

// The longest timeout of poll(2); a longer wait takes more calls.
const MOST_MS = 2 ** 31 - 1;
const waitCalls: Readonly<Record<Backend, string>> = { select: 'select', poll: 'poll', epoll: 'epoll_wait' };

/** The document's loop: one wait with a timeout, then whatever is ready. Nothing is allocated a turn. */
export class Loop implements Waiter {
  /** How many waits have ended. */
  turns = 0;
  /**
   * When the last wait ended, on a clock that stands still while the loop is held, so that nobody's deadline passes then:
   * one look at it for all of a turn.
   */
  nowMs = performance.now();
  /** When the last wait ended, on the clock of `performance.now()`. */
  turnedMs = this.nowMs;
  /** When the present wait ends; 0 for now. */
  deadlineMs = 0;
  /** Whether it may make turns. */
  readonly hold: Hold;
  readonly #backend: Backend;
  readonly #set: WaitSet;
  readonly #turns: Turns;
  // By fd.
  readonly #sources: (Source | undefined)[] = [];
  readonly #found: Found = { count: 0, sources: [], events: [] };
  #state: 'at rest' | 'about to wait' | 'waiting' | 'turning' | 'closed' = 'at rest';
  #timeoutSeconds = 0;
  #nodeFd = -1;
  #woken = false;
  #nodeWakes = 0;
  // Whether the last attempt beside Node has found nothing of ours.
  #wasInVain = false;
  #ended: ((error?: Error) => void) | undefined;

  /**
   * @param backend The system call to wait with.
   * @param turns What is done in every turn.
   * @throws {RangeError} For a backend that is none.
   * @throws {OSError} EMFILE and kin, for 'epoll'.
   */
  constructor(backend: Backend, turns: Turns) {
    this.#set = createWaitSet(backend);
    this.#backend = backend;
    this.#turns = turns;
    this.hold = new Hold((isHeld) => {
      turns.held(isHeld);
    });
  }

  /** Whether the last wait has found Node's fd ready. */
  get nodeIsReady(): boolean {
    return this.#set.nodeIsReady;
  }

  /** What is waited for now. */
  get sources(): Source[] {
    return this.#sources.filter((source) => source !== undefined);
  }

  /**
   * Changes what a source is waited for, from the next system call on.
   * @param source An open one.
   * @param events EVENT_* bits; 0 takes it out of the wait: a mask of 0 would still report hang-ups, turn after turn.
   * @throws {OSError} ENOSPC, ENOMEM and kin, what epoll refuses; the source is then waited for no more.
   */
  watch(source: Source, events: number): void {
    const before = source.interest;
    if (events === before) return;
    const fd = source.fileno();
    source.interest = 0;
    if (!this.#owns(source, fd, before)) return;
    this.#sources[fd] = undefined;
    this.#set.watch(fd, before, events);
    if (events === 0) return;
    source.interest = events;
    this.#sources[fd] = source;
  }

  /** Ends the present wait, so that `next` is asked again. */
  wake(): void {
    if (this.#state !== 'about to wait' && this.#state !== 'waiting') return;
    this.#woken = true;
    this.deadlineMs = 0;
  }

  /**
   * Makes turns until `next` ends them, and leaves Node alive while it waits.
   * @returns A promise of the end.
   */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ended = (error) => {
        leaveNodeLoop(this);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#nodeFd = openNodeLoop();
      this.#set.beside(this.#nodeFd);
      this.#goOn(-1);
      if (this.#is('about to wait')) enterNodeLoop(this);
    });
  }

  /** Makes turns until `next` ends them, and blocks the thread while it waits. */
  runBlocking(): void {
    this.#ended = (error) => {
      if (error !== undefined) throw error;
    };
    this.#goOn(-1);
    while (this.#is('about to wait') || this.#is('waiting')) {
      this.#announce();
      const restMs = Math.min(Math.max(0, this.deadlineMs - performance.now()), MOST_MS);
      if (!this.attempt(-1, restMs) && performance.now() >= this.deadlineMs) this.timeUp();
    }
  }

  /**
   * Called by the bridge: waits, and makes a turn where that has found something.
   * @param nodeFd Node's fd, or -1.
   * @param timeoutMs The longest wait, in ms.
   * @returns Whether a turn was made.
   */
  attempt(nodeFd: number, timeoutMs: number): boolean {
    try {
      if (nodeFd >= 0) this.#announce();
      if (!this.#is('waiting')) return true;
      const count = this.#set.wait(nodeFd, this.#woken ? 0 : timeoutMs);
      if (count === 0 || count === EINTR) {
        this.#wasInVain = nodeFd >= 0;
        if (this.#wasInVain) {
          this.#nodeWakes++;
          this.#turns.left();
        }
        return false;
      }
      this.#turn(count > 0 ? this.#collect(count) : undefined, count);
    } catch (error) {
      this.#end(error as Error);
    }
    return true;
  }

  /** Called by the bridge when the deadline has passed. */
  timeUp(): void {
    try {
      // It was the clock that ended the last attempt, not Node.
      if (this.#wasInVain) this.#nodeWakes--;
      this.#turn(this.#woken ? undefined : this.#collect(0), 0);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  /**
   * Adds what it waits for to a table that several waits share.
   * @param table Where to add.
   */
  join(table: PollTable): void {
    this.#announce();
    this.#wasInVain = false;
    this.#set.join(table);
  }

  /** Brings `nowMs` up to date, for what is done outside a turn. */
  lookAtClock(): void {
    this.nowMs = performance.now() - this.hold.restedMs;
  }

  /**
   * What the last wait has found, as the system call told it; for who watches, before a turn changes it.
   * @param found What was made of it.
   * @returns POLL* bits of each source; 0 for select.
   */
  rawEvents(found: Found): number[] {
    let index = -1;
    return found.sources.slice(0, found.count).map((source) => {
      do index++;
      while (this.#sources[this.#set.fd(index)] !== source);
      return this.#set.rawEvents(index);
    });
  }

  /** Ends the turns, and frees what the loop owns. */
  close(): void {
    const isTurning = this.#state === 'turning';
    this.#state = 'closed';
    this.#set.close();
    this.hold.end();
    if (!isTurning) this.#end();
  }

  // Where somebody has closed an fd of ours, its number may be another source's: of the two only the later one is waited for.
  #owns(source: Source, fd: number, before: number): boolean {
    const other = this.#sources[fd];
    if (other === undefined || other === source) return true;
    if (before !== 0) return false;
    this.#set.watch(fd, other.interest, 0);
    other.interest = 0;
    return true;
  }

  #announce(): void {
    if (this.#state !== 'about to wait') return;
    this.#state = 'waiting';
    this.#turns.waiting(this.#timeoutSeconds, this.#nodeFd);
  }

  #collect(count: number): Found {
    const found = this.#found;
    found.count = 0;
    for (let index = 0; index < count; index++) {
      const source = this.#sources[this.#set.fd(index)];
      const events = source === undefined ? 0 : this.#set.events(index) & source.interest;
      if (events === 0) continue;
      found.sources[found.count] = source;
      found.events[found.count++] = events;
    }
    return found;
  }

  #turn(found: Found | undefined, result: number): void {
    this.#state = 'turning';
    this.turns++;
    this.lookAtClock();
    this.turnedMs = this.nowMs + this.hold.restedMs;
    if (result < 0) this.#dropClosed(result);
    this.#turns.waited(found, this.#nodeWakes);
    if (found !== undefined) this.#dispatch(found);
    if (found?.count === 0) this.#turns.idle();
    this.#turns.done();
    this.#goOn(found?.count ?? -1);
  }

  #dispatch(found: Found): void {
    const { count, sources, events } = found;
    for (let index = 0; index < count; index++) {
      const done = this.#turns.receive(found, index);
      if (done > 0) {
        index += done - 1;
        continue;
      }
      const source = sources[index]!;
      sources[index] = undefined;
      // An earlier one of this turn may have closed it, or taken it out of the wait.
      const wanted = events[index]! & source.interest;
      if (wanted !== 0 && source.fileno() >= 0) source.ready(wanted);
    }
  }

  // Whoever closed an fd of ours has stopped select for all: the culprits leave, the others go on.
  #dropClosed(errno: number): void {
    const isClosed = (source: Source): boolean => sys.fcntl(source.fileno(), sys.F_GETFD, 0) === EBADF;
    const closed = errno === EBADF ? this.sources.filter(isClosed) : [];
    if (closed.length === 0) throw osError(errno, waitCalls[this.#backend]);
    for (const source of closed) {
      this.watch(source, 0);
      source.lost();
    }
  }

  // To the next wait, or to the end.
  #goOn(ready: number): void {
    if (!this.hold.letsPass()) {
      this.#rest(ready);
      return;
    }
    const timeoutSeconds = this.#is('closed') ? -1 : this.#turns.next(ready);
    if (timeoutSeconds < 0 || this.#is('closed')) {
      this.#end();
      return;
    }
    this.#state = 'about to wait';
    this.#woken = false;
    this.#nodeWakes = 0;
    this.#wasInVain = false;
    this.#timeoutSeconds = timeoutSeconds;
    this.deadlineMs = performance.now() + timeoutSeconds * 1e3;
  }

  // Node goes on without it.
  #rest(ready: number): void {
    this.#state = 'at rest';
    leaveNodeLoop(this);
    this.hold.rest(() => {
      try {
        this.#goOn(ready);
        if (this.#is('about to wait')) enterNodeLoop(this);
      } catch (error) {
        this.#end(error as Error);
      }
    });
  }

  #end(error?: Error): void {
    if (this.#state !== 'closed') this.#state = 'at rest';
    const ended = this.#ended;
    this.#ended = undefined;
    ended?.(error);
  }

  // A call, since TypeScript does not know that handlers change the state.
  #is(state: 'closed' | 'about to wait' | 'waiting'): boolean {
    return this.#state === state;
  }
}
