import type { Connection } from '../server/connection/connection.ts';
import { IPPROTO_TCP, TCP_INFO } from '../system/constants/socket.ts';
import * as sys from '../system/calls.ts';
import { type FdState, TCP_STATES, type TcpState } from './format.ts';

// struct tcp_info of linux/tcp.h: the state and 7 other bytes, then u32 rto, ato, snd_mss, rcv_mss and unacked, which for a
// listener is the length of its queue: tcp_get_info() in net/ipv4/tcp.c.
const UNACKED = 24;
const fields = ['kernelIn', 'kernelOut', 'queued', 'paused', 'backlog', 'tcp'] as const;
const info = Buffer.alloc(UNACKED + 4);
const infoLength = Int32Array.of(info.length);
// More than a socket's receive buffer holds by default. MSG_TRUNC copies nothing of a TCP stream: it is never touched.
const peeked = new Uint8Array(2 ** 23);

/** The fds that may be looked at: with their connections, and without one those that take connections or datagrams. */
export type Watchable = ReadonlyMap<number, Connection | undefined>;

/** Looks at what waits at fds, a few of them at a time. */
export class QueueSampler {
  readonly #fds: Watchable;
  readonly #most: number;
  // What was told last, where it was not nothing.
  readonly #told = new Map<number, FdState>();
  #next = 0;

  /**
   * @param fds All fds, always up to date.
   * @param most How many it looks at at a time.
   */
  constructor(fds: Watchable, most: number) {
    this.#fds = fds;
    this.#most = most;
  }

  /**
   * Looks at some fds: first those that something was done with, for at most half of them, then all in turn.
   * @param touched Those that something was done with.
   * @returns What waits at those fds where that differs from what was told last.
   */
  look(touched: Iterable<number>): [number, FdState][] {
    const states = [...this.#choose(touched)].map((fd): [number, FdState] => [fd, stateOf(fd, this.#fds.get(fd))]);
    const changed = states.filter(([fd, state]) => !isSame(this.#told.get(fd) ?? {}, state));
    for (const [fd, state] of changed) this.#told.set(fd, state);
    return changed;
  }

  /**
   * An fd is closed: nothing waits there.
   * @param fd The fd.
   */
  forget(fd: number): void {
    this.#told.delete(fd);
  }

  #choose(touched: Iterable<number>): Set<number> {
    const chosen = new Set<number>();
    const add = (candidates: Iterable<number>, most: number): void => {
      for (const fd of candidates) {
        if (chosen.size >= most) return;
        if (this.#fds.has(fd)) chosen.add(fd);
      }
    };
    add(touched, this.#most / 2);
    add(this.#inTurn([...this.#fds.keys()]), this.#most);
    return chosen;
  }

  #inTurn(fds: readonly number[]): number[] {
    if (fds.length === 0) return [];
    const from = this.#next % fds.length;
    this.#next = from + this.#most;
    return [...fds.slice(from, this.#next), ...fds.slice(0, Math.max(0, this.#next - fds.length))];
  }
}

function stateOf(fd: number, connection: Connection | undefined): FdState {
  if (connection === undefined) return listenerState(fd);
  const tcp = tcpState(fd);
  return {
    kernelIn: inKernel(fd, tcp),
    kernelOut: count(sys.ioctl(fd, sys.SIOCOUTQ, 0)),
    queued: connection.bufferedBytes,
    ...(connection.paused ? { paused: true } : {}),
    ...(tcp === undefined ? {} : { tcp }),
  };
}

function listenerState(fd: number): FdState {
  const waiting = sys.ioctl(fd, sys.FIONREAD, 0);
  // EINVAL: it listens. A datagram socket tells the length of its next datagram.
  if (waiting >= 0) return { kernelIn: waiting };
  const tcp = tcpState(fd);
  return tcp === undefined ? {} : { backlog: info.readUInt32LE(UNACKED), tcp };
}

// Fills `info`. Other sockets have none: EOPNOTSUPP.
function tcpState(fd: number): TcpState | undefined {
  infoLength[0] = info.length;
  return sys.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, infoLength) < 0 ? undefined : TCP_STATES[info[0]!];
}

// FIONREAD ends at an urgent byte. Once the program has read up to it, the bytes behind it are what a recv would give.
function inKernel(fd: number, tcp: TcpState | undefined): number {
  const bytes = count(sys.ioctl(fd, sys.FIONREAD, 0));
  if (bytes > 0 || tcp === undefined || sys.ioctl(fd, sys.SIOCATMARK, 0) !== 1) return bytes;
  return count(sys.recv(fd, peeked, 0, peeked.length, sys.MSG_PEEK | sys.MSG_TRUNC | sys.MSG_DONTWAIT));
}

function count(result: number): number {
  return Math.max(0, result);
}

function isSame(a: FdState, b: FdState): boolean {
  return fields.every((field) => (a[field] ?? 0) === (b[field] ?? 0));
}
