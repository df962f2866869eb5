// The file has over 300 lines because the loop is one state machine: each method is a step of a turn.
import { performance } from 'node:perf_hooks';

import { enterNodeLoop, leaveNodeLoop, openNodeLoop, type Waiter } from '../../select/node-loop.ts';
import * as sys from '../../system/calls.ts';
import { EBADF, EFAULT, EINTR, EINVAL } from '../../system/errno.ts';
import { errorCode, osError } from '../../system/errors.ts';
import { INT_MAX } from '../../system/integer.ts';
import type { PollTable } from '../../system/poll-table.ts';
import type { Clock } from './clock.ts';
import { type LoopTimings, TimingsRecorder } from './loop-timings.ts';
import { Pause } from './pause.ts';
import { type Runnable, RunQueue } from './run-queue.ts';
import { type Backend, createWaitSet } from './wait-set/backend.ts';
import type { WaitSet } from './wait-set/wait-set.ts';

/**
 * Something with an fd that the loop waits for: a connection, a listener, a datagram socket. Its identity is the object,
 * because the kernel uses the number of a closed fd again.
 */
export interface Source extends Runnable {
  /** The EVENT_* bits that the loop waits for. Only the loop changes them. */
  interest: number;
  /** Whether the source is served as soon as it is ready, before the run queue: true for listeners, which let clients in. */
  readonly isServedFirst: boolean;
  /** Returns the fd, or -1 when it is closed. */
  fileno(): number;
  /**
   * Visits the source, with the EVENT_* bits that are both ready and of interest: a hint, see select(2), BUGS. A visit does a
   * bounded share of the work. Returns whether more of it is left: then the source is visited again, after all others that
   * wait. The bits are 0 when a visit only goes on with work that is in memory.
   */
  ready(events: number): boolean;
  /** Called when the loop finds that somebody else has closed the fd, which the source then no longer owns. */
  lost(): void;
}

/** The ready sources of one wait: the first `count` elements of each list. The loop reuses the lists for every wait. */
export interface ReadyList {
  count: number;
  readonly sources: (Source | undefined)[];
  /** The EVENT_* bits of each source. */
  readonly events: number[];
}

/** The owner of a loop: it chooses each timeout, and the loop reports the steps of each turn to it. */
export interface LoopOwner {
  /**
   * Called before each wait. Returns the longest time to wait, in seconds; a negative number ends the loop. `readyCount` is
   * the number of sources that the previous turn served or left in the run queue, or -1 for the first turn and after a wait that
   * `wake` ended with nothing to serve.
   */
  nextTimeoutSeconds(readyCount: number): number;
  /** Called when a wait starts. `nodeFd` is the fd of Node's own loop, or -1 when the wait blocks Node. */
  waitStarted(timeoutSeconds: number, nodeFd: number): void;
  /** Called when the wait is interrupted because Node's own loop has work; the wait goes on afterwards. */
  yieldedToNode(): void;
  /**
   * Called when a wait has ended. `ready` is undefined when `wake` or a closed fd ended the wait early. `nodeWakes` counts
   * the calls of `yieldedToNode` during the wait.
   */
  waitEnded(ready: ReadyList | undefined, nodeWakes: number): void;
  /**
   * Called before the loop visits the source at the head of the run queue. The owner may take several sources from the head and
   * serve them together; it returns how many it has served, 0 for none.
   */
  serveTogether(queue: RunQueue<Source>): number;
  /** Called when a wait has ended by its timeout, with nothing ready. */
  nothingReady(): void;
  /** Called when the system call that waits has failed, with its error code. The loop rests, and then tries again. */
  waitFailed(code: string): void;
  /** Called at the end of each turn. */
  turnEnded(): void;
  /** Called when the loop stops between two turns because of `pause`, and when it goes on. */
  pauseChanged(isPaused: boolean): void;
}

// The wait cannot succeed later: select(2), poll(2), epoll_wait(2). Any other error, such as ENOMEM, may pass.
const FATAL_WAIT_ERRORS: ReadonlySet<number> = new Set([EBADF, EFAULT, EINVAL]);
const REST_AFTER_ERROR_MS = 100;

const WAIT_CALLS: Readonly<Record<Backend, string>> = { select: 'select', poll: 'poll', epoll: 'epoll_wait' };

/**
 * The loop of the article: one wait with a timeout, then visits to the sources that are ready. A turn ends when its time is used
 * up; what is left in the run queue is served in the next turns, whose waits do not block. A turn allocates nothing.
 */
export class Loop implements Waiter {
  /** The number of waits that have ended. */
  turns = 0;
  /**
   * The end of the last wait, in ms, for all deadlines that are checked in a turn. This time stands still while the loop is
   * paused, so that no deadline passes during a pause.
   */
  nowMs: number;
  /** The end of the last wait, on the injected clock. */
  lastTurnMs: number;
  readonly clock: Clock;
  readonly pause: Pause;
  /** The sources that are ready or have more to do. */
  readonly queue = new RunQueue<Source>();
  readonly #turnMs: number;
  readonly #backend: Backend;
  readonly #waitSet: WaitSet;
  readonly #owner: LoopOwner;
  readonly #sourceByFd: (Source | undefined)[] = [];
  readonly #ready: ReadyList = { count: 0, sources: [], events: [] };
  #state: 'stopped' | 'about to wait' | 'waiting' | 'in a turn' | 'closed' = 'stopped';
  #timeoutSeconds = 0;
  // The time at which the present wait has to end, on the clock of `performance.now()`.
  #deadlineMs = 0;
  #nodeFd = -1;
  #isWoken = false;
  #nodeWakes = 0;
  // Whether the last system call ended only because Node's own loop has work, or because the time is up.
  #foundOnlyNode = false;
  #timings: TimingsRecorder | undefined;
  #onEnd: ((error?: Error) => void) | undefined;

  /**
   * A turn visits no further source after `turnMilliseconds`. Throws a RangeError for an unknown backend, and an OSError (EMFILE,
   * ENFILE, ENOMEM) when epoll cannot be created.
   */
  constructor(backend: Backend, turnMilliseconds: number, clock: Clock, owner: LoopOwner) {
    this.#turnMs = turnMilliseconds;
    this.#waitSet = createWaitSet(backend);
    this.#backend = backend;
    this.#owner = owner;
    this.clock = clock;
    this.nowMs = this.lastTurnMs = clock.nowMs();
    this.pause = new Pause(clock, (isPaused) => {
      owner.pauseChanged(isPaused);
    });
  }

  /** Whether the last wait found the fd of Node's own loop ready. */
  get nodeIsReady(): boolean {
    return this.#waitSet.nodeIsReady;
  }

  /** The time of `nowMs` on the injected clock, which goes on while the loop is paused. */
  get clockNowMs(): number {
    return this.nowMs + this.pause.stoppedMs;
  }

  /** Whether the present turn has used up its time. */
  get isTurnTimeUp(): boolean {
    return this.#turnMs !== Infinity && this.clock.nowMs() >= this.lastTurnMs + this.#turnMs;
  }

  /** The sources that the loop waits for now. */
  get sources(): Source[] {
    return this.#sourceByFd.filter((source) => source !== undefined);
  }

  /**
   * Changes the EVENT_* bits that the loop waits for, from the next system call on. 0 removes an open source from the wait; a
   * mask of 0 inside the wait would still report hang-ups in every turn. Throws an OSError when epoll refuses the fd (ENOSPC,
   * ENOMEM); the loop then no longer waits for the source.
   */
  watch(source: Source, events: number): void {
    const before = source.interest;
    if (events === before) return;
    const fd = source.fileno();
    source.interest = 0;
    if (!this.#ownsFd(source, fd, before)) return;
    this.#sourceByFd[fd] = undefined;
    this.#waitSet.watch(fd, before, events);
    if (events === 0) return;
    source.interest = events;
    this.#sourceByFd[fd] = source;
  }

  /** Has a source visited again, because it has more to do. */
  runAgain(source: Source): void {
    this.queue.addAgain(source);
    this.wake();
  }

  /** Returns the durations of turns since the first call. */
  measure(): LoopTimings {
    return (this.#timings ??= new TimingsRecorder());
  }

  /** Ends the present wait, so that the owner is asked for the next timeout at once. */
  wake(): void {
    if (this.#state !== 'about to wait' && this.#state !== 'waiting') return;
    this.#isWoken = true;
    this.#deadlineMs = 0;
  }

  /**
   * Makes turns until the owner ends the loop. Node's own loop goes on during the waits. The turns run in no async context: the
   * owner enters one for the code of its user.
   */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onEnd = (error) => {
        leaveNodeLoop(this);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#nodeFd = openNodeLoop();
      this.#waitSet.watchNodeFd(this.#nodeFd);
      this.#prepareWait(-1);
      if (this.#is('about to wait')) enterNodeLoop(this);
    });
  }

  /** Makes turns until the owner ends the loop. The thread, and Node with it, stands still during the waits. */
  runBlocking(): void {
    this.#onEnd = (error) => {
      if (error !== undefined) throw error;
    };
    this.#prepareWait(-1);
    while (this.#is('about to wait') || this.#is('waiting')) {
      const nowMs = performance.now();
      const remainingMs = Math.min(Math.max(0, this.deadlineMs(nowMs) - nowMs), INT_MAX);
      if (!this.attempt(-1, remainingMs) && performance.now() >= this.#deadlineMs) this.timeUp();
    }
  }

  /** Called before each system call. A wait that has not begun yet begins now. */
  deadlineMs(nowMs: number): number {
    if (this.#is('about to wait')) {
      this.#state = 'waiting';
      this.#deadlineMs = this.#isWoken ? 0 : nowMs + this.#timeoutSeconds * 1e3;
      this.#owner.waitStarted(this.#timeoutSeconds, this.#nodeFd);
    }
    return this.#deadlineMs;
  }

  /**
   * Called by the bridge to Node's loop: makes the system call, and the rest of the turn when a source is ready. Returns
   * whether a turn was made.
   */
  attempt(nodeFd: number, timeoutMs: number): boolean {
    try {
      if (!this.#is('waiting')) return true;
      this.#timings?.returned(this.clock.nowMs());
      const result = this.#waitSet.wait(nodeFd, this.#isWoken ? 0 : timeoutMs);
      if (result === 0 || result === EINTR) {
        this.#foundOnlyNode = nodeFd >= 0;
        if (this.#foundOnlyNode) {
          this.#nodeWakes++;
          this.#timings?.yielded(this.clock.nowMs());
          this.#owner.yieldedToNode();
        }
        return false;
      }
      if (result < 0 && !FATAL_WAIT_ERRORS.has(result)) this.#restAfterError(result);
      else this.#makeTurn(result > 0 ? this.#collectReady(result) : undefined, result);
    } catch (error) {
      this.#end(error as Error);
    }
    return true;
  }

  /** Called by the bridge when the deadline of the wait has passed. */
  timeUp(): void {
    try {
      // The timeout ended the last system call, so that call does not count as a yield to Node.
      if (this.#foundOnlyNode) this.#nodeWakes--;
      this.#makeTurn(this.#isWoken ? undefined : this.#collectReady(0), 0);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  /** Called by the bridge when several waits share one poll(2): adds the fds of this loop to that table. */
  addInterest(table: PollTable): void {
    this.#foundOnlyNode = false;
    this.#waitSet.addInterest(table);
  }

  /** Reads the clock again, for work that is done outside of a turn. */
  updateNow(): void {
    this.nowMs = this.clock.nowMs() - this.pause.stoppedMs;
  }

  /**
   * Returns the POLL* bits of each ready source as the system call reported them, 0 for select. Only valid before the turn
   * changes the wait set.
   */
  rawEvents(ready: ReadyList): number[] {
    let index = -1;
    return ready.sources.slice(0, ready.count).map((source) => {
      do index++;
      while (this.#sourceByFd[this.#waitSet.fd(index)] !== source);
      return this.#waitSet.rawEvents(index);
    });
  }

  /** Ends the turns and frees the wait set. */
  close(): void {
    const isInTurn = this.#state === 'in a turn';
    this.#state = 'closed';
    this.#waitSet.close();
    this.queue.clear();
    this.pause.end();
    if (!isInTurn) this.#end();
  }

  // When somebody else has closed an fd of ours, its number may belong to a newer source: only the newer source stays in the
  // wait.
  #ownsFd(source: Source, fd: number, before: number): boolean {
    const other = this.#sourceByFd[fd];
    if (other === undefined || other === source) return true;
    if (before !== 0) return false;
    this.#waitSet.watch(fd, other.interest, 0);
    other.interest = 0;
    this.#sourceByFd[fd] = undefined;
    other.lost();
    return true;
  }

  #collectReady(resultCount: number): ReadyList {
    const ready = this.#ready;
    ready.count = 0;
    for (let index = 0; index < resultCount; index++) {
      const source = this.#sourceByFd[this.#waitSet.fd(index)];
      const events = source === undefined ? 0 : this.#waitSet.events(index) & source.interest;
      if (events === 0) continue;
      ready.sources[ready.count] = source;
      ready.events[ready.count++] = events;
    }
    return ready;
  }

  #makeTurn(ready: ReadyList | undefined, result: number): void {
    this.#state = 'in a turn';
    this.turns++;
    this.updateNow();
    this.lastTurnMs = this.clockNowMs;
    if (result < 0) this.#removeClosedFds(result);
    this.#owner.waitEnded(ready, this.#nodeWakes);
    const servedFirst = ready === undefined ? 0 : this.#serveFirst(ready);
    const waiting = this.queue.length;
    if (waiting > 0) this.#serveQueue();
    else if (ready?.count === 0) this.#owner.nothingReady();
    this.#owner.turnEnded();
    this.#timings?.turnEnded(this.lastTurnMs, this.clock.nowMs());
    const readyCount = servedFirst + waiting;
    this.#prepareWait(ready === undefined && readyCount === 0 ? -1 : readyCount);
  }

  // Serves the listeners, and puts the other ready sources into the run queue. Returns the number of served sources.
  #serveFirst({ count, sources, events }: ReadyList): number {
    let served = 0;
    for (let index = 0; index < count; index++) {
      const source = sources[index]!;
      sources[index] = undefined;
      if (source.isServedFirst) {
        served++;
        this.#visit(source, events[index]!);
      } else this.queue.add(source, events[index]!);
    }
    return served;
  }

  #serveQueue(): void {
    const { queue } = this;
    do {
      if (this.#owner.serveTogether(queue) > 0) continue;
      const source = queue.shift()!;
      const events = source.readyEvents;
      source.readyEvents = 0;
      if (this.#visit(source, events)) queue.addAgain(source);
    } while (queue.length > 0 && !this.isTurnTimeUp);
  }

  // A source that was served earlier in this turn may have closed this one, or taken it out of the wait.
  #visit(source: Source, events: number): boolean {
    return source.fileno() >= 0 && source.ready(events & source.interest);
  }

  // select(2) fails for all fds when one of them is closed: the loop removes the closed fds from the wait and goes on with the
  // others.
  #removeClosedFds(errno: number): void {
    const isClosed = (source: Source): boolean => sys.fcntl(source.fileno(), sys.F_GETFD, 0) === EBADF;
    const closed = errno === EBADF ? this.sources.filter(isClosed) : [];
    if (closed.length === 0) throw osError(errno, WAIT_CALLS[this.#backend]);
    for (const source of closed) {
      this.watch(source, 0);
      source.lost();
    }
  }

  // Decides what comes after a turn: the next wait, a pause, or the end.
  #prepareWait(readyCount: number): void {
    if (!this.pause.allowsTurn()) {
      this.#stop(readyCount);
      return;
    }
    const timeoutSeconds = this.#is('closed') ? -1 : this.#owner.nextTimeoutSeconds(readyCount);
    if (timeoutSeconds < 0 || this.#is('closed')) {
      this.#end();
      return;
    }
    this.#state = 'about to wait';
    this.#isWoken = false;
    this.#nodeWakes = 0;
    this.#foundOnlyNode = false;
    this.#timeoutSeconds = this.queue.length > 0 ? 0 : timeoutSeconds;
  }

  // Node's own loop goes on while this loop is stopped.
  #stop(readyCount: number): void {
    this.#timings?.stopped();
    this.#state = 'stopped';
    leaveNodeLoop(this);
    this.pause.stopUntilAllowed(() => {
      try {
        this.#prepareWait(readyCount);
        if (this.#is('about to wait')) enterNodeLoop(this);
      } catch (error) {
        this.#end(error as Error);
      }
    });
  }

  // Without a rest, a wait that fails at once would turn the loop at full speed.
  #restAfterError(errno: number): void {
    this.#owner.waitFailed(errorCode(errno));
    if (this.#nodeFd < 0) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REST_AFTER_ERROR_MS);
      return;
    }
    this.#state = 'stopped';
    leaveNodeLoop(this);
    setTimeout(() => {
      if (!this.#is('stopped')) return;
      this.#state = 'waiting';
      enterNodeLoop(this);
    }, REST_AFTER_ERROR_MS);
  }

  #end(error?: Error): void {
    if (this.#state !== 'closed') this.#state = 'stopped';
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.(error);
  }

  // TypeScript does not know that handlers change the state, so the comparison stands in a method.
  #is(state: 'closed' | 'about to wait' | 'waiting' | 'stopped'): boolean {
    return this.#state === state;
  }
}
