import type { Connection } from '../server/connection/connection.ts';
import { IPPROTO_TCP, TCP_INFO } from '../system/constants/socket.ts';
import * as sys from '../system/calls.ts';
import { type FdState, TCP_STATES } from './format.ts';

// struct tcp_info of linux/tcp.h: the state and 7 other bytes, then u32 rto, ato, snd_mss, rcv_mss and unacked. For a listener,
// unacked is the length of the accept queue: tcp_get_info() in net/ipv4/tcp.c.
const UNACKED_OFFSET = 24;
const stateFields = ['kernelIn', 'kernelOut', 'queued', 'paused', 'backlog', 'tcp'] as const;
const info = Buffer.alloc(UNACKED_OFFSET + 4);
const infoLength = Int32Array.of(info.length);
// struct pollfd: int fd, short events, short revents.
const pollEntry = new Int32Array(2);
const pollMasks = new Uint16Array(pollEntry.buffer);
const POLL_EVENTS = 2;
const POLL_REVENTS = 3;
// Larger than a socket's receive buffer is by default. With MSG_TRUNC, the kernel copies nothing of a TCP stream into it.
const peeked = new Uint8Array(2 ** 23);

/** The open fds: a client with its connection, a listener or a datagram socket with `undefined`. */
export type SampledFds = ReadonlyMap<number, Connection | undefined>;

/** Reads the queue lengths and states of a limited number of fds at a time. */
export class QueueSampler {
  readonly #fds: SampledFds;
  readonly #maxFds: number;
  readonly #reported = new Map<number, FdState>();
  #next = 0;

  /** The caller keeps `fds` up to date. */
  constructor(fds: SampledFds, maxFds: number) {
    this.#fds = fds;
    this.#maxFds = maxFds;
  }

  /** Reads up to `maxFds` fds: the used fds for at most half of it, then all fds in turn. Returns the states that have changed. */
  sample(used: Iterable<number>): [fd: number, state: FdState][] {
    const states = this.#choose(used).map((fd): [number, FdState] => [fd, stateOf(fd, this.#fds.get(fd))]);
    const changed = states.filter(([fd, state]) => !isSame(this.#reported.get(fd) ?? {}, state));
    for (const [fd, state] of changed) this.#reported.set(fd, state);
    return changed;
  }

  forget(fd: number): void {
    this.#reported.delete(fd);
  }

  #choose(used: Iterable<number>): number[] {
    const open = [...new Set(used)].filter((fd) => this.#fds.has(fd)).slice(0, Math.ceil(this.#maxFds / 2));
    return [...new Set([...open, ...this.#nextFds([...this.#fds.keys()])])].slice(0, this.#maxFds);
  }

  #nextFds(fds: readonly number[]): number[] {
    if (fds.length === 0) return [];
    const from = this.#next % fds.length;
    this.#next = from + this.#maxFds;
    return [...fds.slice(from, this.#next), ...fds.slice(0, Math.max(0, this.#next - fds.length))];
  }
}

function stateOf(fd: number, connection: Connection | undefined): FdState {
  if (connection === undefined) return listenerState(fd);
  const tcp = tcpState(fd);
  return {
    kernelIn: receiveQueueBytes(fd, tcp),
    kernelOut: zeroOnError(sys.ioctl(fd, sys.SIOCOUTQ, 0)),
    queued: connection.bufferedBytes,
    ...(connection.paused ? { paused: true } : {}),
    ...(tcp === undefined ? {} : { tcp }),
  };
}

function listenerState(fd: number): FdState {
  const datagramBytes = sys.ioctl(fd, sys.FIONREAD, 0);
  // For a datagram socket, FIONREAD is the length of the next datagram. A listener fails with EINVAL.
  if (datagramBytes >= 0) return { kernelIn: datagramBytes };
  const tcp = tcpState(fd);
  return tcp === undefined ? {} : { backlog: info.readUInt32LE(UNACKED_OFFSET), tcp };
}

/** Fills `info`. A socket that is not a TCP socket fails with EOPNOTSUPP and has no state. */
function tcpState(fd: number): FdState['tcp'] {
  infoLength[0] = info.length;
  return sys.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, infoLength) < 0 ? undefined : TCP_STATES[info[0]!];
}

/** FIONREAD counts up to an urgent byte. When the program has read up to that byte, the bytes after it can be received. */
function receiveQueueBytes(fd: number, tcp: FdState['tcp']): number {
  const bytes = zeroOnError(sys.ioctl(fd, sys.FIONREAD, 0));
  if (bytes > 0 || tcp === undefined || sys.ioctl(fd, sys.SIOCATMARK, 0) !== 1 || !hasBytesAfterMark(fd)) return bytes;
  return zeroOnError(sys.recv(fd, peeked, 0, peeked.length, sys.MSG_PEEK | sys.MSG_TRUNC | sys.MSG_DONTWAIT));
}

/**
 * A recv that finds no bytes takes the socket's error away (tcp_recvmsg_locked() in net/ipv4/tcp.c), and the program would not
 * see that its client has reset the connection. poll(2) takes nothing away. At the mark, its POLLIN means bytes after the
 * urgent byte, the end of input, or an error. Neither of the first two can become an error before the recv: only the program
 * takes bytes out of the queue, and after the end of input recv returns 0 without a look at the error.
 */
function hasBytesAfterMark(fd: number): boolean {
  pollEntry[0] = fd;
  pollMasks[POLL_EVENTS] = sys.POLLIN;
  return sys.poll(pollEntry, 1, 0) === 1 && pollMasks[POLL_REVENTS] === sys.POLLIN;
}

function zeroOnError(result: number): number {
  return Math.max(0, result);
}

function isSame(a: FdState, b: FdState): boolean {
  return stateFields.every((field) => (a[field] ?? 0) === (b[field] ?? 0));
}
