import { EBADF } from '../../system/errno.ts';
import { errnoOf, errorCode, OSError, osError } from '../../system/errors.ts';
import { EVENT_READ } from '../../selectors/event-mask.ts';
import type { Address } from '../../socket/address.ts';
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../system/constants/socket.ts';
import { type CompactAddress, sockaddr, sockaddrLength, unpackCompact } from '../../socket/address.ts';
import * as sys from '../../system/calls.ts';
import type { Listening } from './listen.ts';
import type { Loop, Source } from '../loop/loop.ts';
import { nothingThere } from '../nothing-there.ts';

/** The part of the loop that the acceptor uses. */
export type AcceptorLoop = Pick<Loop, 'turns' | 'watch'>;

/** What the acceptor asks of the server. */
export interface Admission {
  /** How many more clients the server can serve now. */
  room(): number;
  /** Takes a connection: a non-blocking, close-on-exec fd, which it then owns, and the client's address. */
  take(fd: number, address: CompactAddress): void;
  /** Told that accepting stops for a while. */
  exhausted(code: string): void;
}

// Pending errors of the new connection, to be taken like EAGAIN: accept(2), "Error handling"; and a peer that is gone.
const peerFailed = new Set(
  [
    'ECONNABORTED',
    'ENETDOWN',
    'EPROTO',
    'ENOPROTOOPT',
    'EHOSTDOWN',
    'ENONET',
    'EHOSTUNREACH',
    'EOPNOTSUPP',
    'ENETUNREACH',
    'EPERM',
  ].map(errnoOf),
);

// The connection stays in the queue and the listener readable: polling it on would turn the loop at full speed.
// ENOSPC is epoll's: epoll(7), max_user_watches.
const exhausted = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ENOSPC'].map(errnoOf));
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/** Takes connections from a listening socket, as long as there is room and the system has resources. */
export class Acceptor implements Source {
  interest = 0;
  /** How often accept(2) failed, by code. */
  readonly errors: Record<string, number> = {};
  readonly #listening: Listening;
  readonly #loop: AcceptorLoop;
  readonly #admission: Admission;
  readonly #mostATurn: number;
  #pauseMs = 0;
  #againMs = 0;
  #behindInTurn = 0;
  #closed = false;

  /**
   * @param listening The socket, which the acceptor owns from now on.
   * @param loop What waits for it.
   * @param mostATurn How many connections it takes a turn: a burst of clients must not keep those that are there waiting.
   * @param admission The server.
   */
  constructor(listening: Listening, loop: AcceptorLoop, mostATurn: number, admission: Admission) {
    this.#listening = listening;
    this.#loop = loop;
    this.#mostATurn = mostATurn;
    this.#admission = admission;
  }

  /** The address that it listens on, with the port that the kernel chose for port 0. */
  get address(): Address {
    return this.#listening.socket.getsockname();
  }

  /** How long accepting rests still, in seconds; Infinity where it does not. */
  get restSeconds(): number {
    if (this.#againMs === 0) return Infinity;
    const restMs = this.#againMs - this.#loop.clock.nowMs();
    return restMs > 0 && !this.#closed ? restMs / 1e3 : Infinity;
  }

  /** Whether this turn has taken its share, and left others in the queue. */
  get behind(): boolean {
    return this.#behindInTurn === this.#loop.turns;
  }

  /**
   * The listening fd.
   * @returns The fd, or -1 once closed.
   */
  fileno(): number {
    return this.#listening.socket.fileno();
  }

  /** Takes the connections that wait. */
  ready(): void {
    // `take` may close it.
    let tries = this.#mostATurn;
    while (tries > 0 && !this.#closed && this.#admission.room() > 0) {
      tries--;
      const fd = sys.accept4(this.fileno(), sockaddr, sockaddrLength, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        this.#pauseMs = 0;
        this.#admission.take(fd, unpackCompact() ?? '');
      } else if (!this.#goesOn(fd)) break;
    }
    if (tries === 0) this.#behindInTurn = this.#loop.turns;
    this.update();
  }

  /** An fd is free again: accepting may go on at once. */
  retry(): void {
    this.#againMs = 0;
  }

  /** Waits for connections, or does not: as there is room, and time to try again. */
  update(): void {
    if (this.#closed) return;
    const accepting = this.#admission.room() > 0 && this.#loop.clock.nowMs() >= this.#againMs;
    try {
      this.#loop.watch(this, accepting ? EVENT_READ : 0);
    } catch (error) {
      if (!(error instanceof OSError) || error.errno === undefined) throw error;
      this.#goesOn(error.errno, 'epoll_ctl');
    }
  }

  /** Somebody closed the socket behind the server's back: it cannot go on. */
  lost(): void {
    throw osError(EBADF, 'accept4');
  }

  /** Stops listening. A second time does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.watch(this, 0);
    this.#listening.close();
  }

  // Whether there may be more in the queue.
  #goesOn(errno: number, call = 'accept4'): boolean {
    if (nothingThere.has(errno)) return false;
    const code = errorCode(errno);
    this.errors[code] = (this.errors[code] ?? 0) + 1;
    if (peerFailed.has(errno)) return true;
    if (!exhausted.has(errno)) throw osError(errno, call);
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2), LONGEST_PAUSE_MS);
    this.#againMs = this.#loop.clock.nowMs() + this.#pauseMs;
    this.#admission.exhausted(code);
    return false;
  }
}
