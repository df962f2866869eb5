import { EBADF } from '../../system/errno.ts';
import { errorCode, OSError, osError } from '../../system/errors.ts';
import { EVENT_READ } from '../../selectors/event-mask.ts';
import type { Address } from '../../socket/address.ts';
import { IPPROTO_TCP, SOCK_CLOEXEC, SOCK_NONBLOCK, TCP_INFO } from '../../system/constants/socket.ts';
import { type CompactAddress, sockaddr, sockaddrLength, unpackCompact } from '../../socket/address.ts';
import * as sys from '../../system/calls.ts';
import { Backoff } from '../backoff.ts';
import { reactionsByErrno } from '../errno-reactions.ts';
import type { ServerSocket } from './listen.ts';
import { receiveBufferBytes } from './socket-options.ts';
import type { Loop, Source } from '../loop/loop.ts';

/** The part of the loop that the acceptor uses. */
export type AcceptorLoop = Pick<Loop, 'clock' | 'turns' | 'watch'>;

/** The part of the server that the acceptor uses. */
export interface Admission {
  /** The number of clients that the server can still admit. */
  room(): number;
  /** Called with each accepted connection: a non-blocking, close-on-exec fd, which the server owns from then on. */
  accepted(fd: number, address: CompactAddress): void;
  /** Called when accepting pauses: mostly because the process or the system is out of fds or memory. */
  exhausted(code: string): void;
}

/**
 * What happens when accept4(2) fails. After an errno that is not listed, such as EMFILE or ENOMEM, accepting pauses: the
 * connection stays in the queue and the listener ready, and without a pause the loop would spin.
 */
const reactions = reactionsByErrno({
  // The queue is empty after all: "ready" is only a hint (select(2), BUGS).
  'wait again': 'EAGAIN EINTR',
  // Only the first connection of the queue has failed, and the kernel has removed it: accept(2), "Error handling".
  'accept the next': 'ECONNABORTED EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENONET ENOPROTOOPT EPERM EPROTO',
  // No later call can succeed: accept(2), "Errors".
  throw: 'EBADF EINVAL ENOTSOCK EOPNOTSUPP',
});

// struct tcp_info: eight bytes, then numbers of four bytes. In a listener, tcpi_unacked is the length of its queue: linux/tcp.h.
const tcpInfo = new Int32Array(7);
const UNACKED_INDEX = 6;

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1000;

/** Accepts connections from a listening socket while the server has room and the system has resources. */
export class Acceptor implements Source {
  interest = 0;
  isQueued = false;
  readyEvents = 0;
  visitedUntil = 0;
  readonly isServedFirst = true;
  /** How often accept4 or epoll_ctl failed, by code. */
  readonly errors: Record<string, number> = {};
  readonly #serverSocket: ServerSocket;
  readonly #loop: AcceptorLoop;
  readonly #admission: Admission;
  readonly #maxPerTurn: number;
  readonly #backoff: Backoff;
  #turnAtLimit = 0;
  // Set until the queue has been empty for the first time.
  #setUpEarlierConnection: ServerSocket['setUpEarlierConnection'];
  #closed = false;

  /** The acceptor owns `serverSocket`. `maxPerTurn` prevents that a burst of new clients makes the connected clients wait. */
  constructor(serverSocket: ServerSocket, loop: AcceptorLoop, maxPerTurn: number, admission: Admission) {
    this.#serverSocket = serverSocket;
    this.#setUpEarlierConnection = serverSocket.setUpEarlierConnection;
    this.#loop = loop;
    this.#maxPerTurn = maxPerTurn;
    this.#admission = admission;
    this.#backoff = new Backoff(loop.clock, FIRST_PAUSE_MS, MAX_PAUSE_MS);
  }

  /** The address of the listener, with the port that the kernel chose for port 0. */
  get address(): Address {
    return this.#serverSocket.socket.getsockname();
  }

  /** The size of the receive buffer of a new connection. */
  get receiveBufferBytes(): number {
    return receiveBufferBytes(this.#serverSocket.socket);
  }

  /** How long accepting still pauses, in seconds; Infinity when there is no pause that the loop has to end. */
  get pauseSeconds(): number {
    const { remainingMs } = this.#backoff;
    return remainingMs > 0 && !this.#closed ? remainingMs / 1e3 : Infinity;
  }

  /** The number of connections that wait to be accepted; `undefined` when the kernel does not say so. */
  get queueLength(): number | undefined {
    const result = sys.getsockopt(this.fileno(), IPPROTO_TCP, TCP_INFO, tcpInfo, Int32Array.of(tcpInfo.byteLength));
    return result < 0 ? undefined : tcpInfo[UNACKED_INDEX];
  }

  /** Whether this turn has accepted as many connections as a turn may, so that more may be in the queue. */
  get reachedTurnLimit(): boolean {
    return this.#turnAtLimit === this.#loop.turns;
  }

  /** The listening fd, or -1 once closed. */
  fileno(): number {
    return this.#serverSocket.socket.fileno();
  }

  /** Accepts connections until the queue is empty, the server is full, or the turn has had its share. */
  ready(): boolean {
    let remaining = this.#maxPerTurn;
    this.#serverSocket.keepNonBlocking?.();
    // `accepted` may close the acceptor.
    while (remaining > 0 && !this.#closed && this.#admission.room() > 0) {
      remaining--;
      const fd = sys.accept4(this.fileno(), sockaddr, sockaddrLength, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        this.#backoff.reset();
        this.#setUpEarlierConnection?.(fd);
        this.#admission.accepted(fd, unpackCompact() ?? '');
      } else if (!this.#canAcceptNext(fd)) break;
    }
    if (remaining === 0) this.#turnAtLimit = this.#loop.turns;
    this.update();
    return false;
  }

  /** Ends a pause, because an fd has been closed. */
  endPause(): void {
    this.#backoff.end();
  }

  /** Makes the loop watch the listener only while another client fits and accepting does not pause. */
  update(): void {
    if (this.#closed) return;
    const accepting = this.#admission.room() > 0 && this.#backoff.remainingMs === 0;
    try {
      this.#loop.watch(this, accepting ? EVENT_READ : 0);
    } catch (error) {
      if (!(error instanceof OSError) || error.errno === undefined) throw error;
      this.#fail(error.errno, 'epoll_ctl');
    }
  }

  /** Called by the loop when other code has closed the listening fd: the server cannot go on. */
  lost(): void {
    throw osError(EBADF, 'accept4');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.watch(this, 0);
    this.#serverSocket.close();
  }

  #canAcceptNext(errno: number): boolean {
    const reaction = reactions.get(errno);
    if (reaction === 'wait again') this.#setUpEarlierConnection = undefined;
    if (reaction === 'accept the next') this.#count(errno);
    else if (reaction !== 'wait again') this.#fail(errno, 'accept4');
    return reaction === 'accept the next';
  }

  #fail(errno: number, call: string): void {
    const code = this.#count(errno);
    if (reactions.get(errno) === 'throw') throw osError(errno, call);
    this.#backoff.start();
    this.#admission.exhausted(code);
  }

  #count(errno: number): string {
    const code = errorCode(errno);
    this.errors[code] = (this.errors[code] ?? 0) + 1;
    return code;
  }
}
