import type { Connection } from '../server/server.ts';
import { IPPROTO_TCP, TCP_INFO } from '../socket.ts';
import * as sys from '../sys.ts';
import type { FdState } from './trace-lines.ts';

// struct tcp_info of linux/tcp.h: 8 bytes, then u32 rto, ato, snd_mss, rcv_mss and unacked, which for a listener is the
// length of its queue: tcp_get_info() in net/ipv4/tcp.c.
const UNACKED = 24;
const fields = ['kernelIn', 'kernelOut', 'queued', 'paused', 'backlog'] as const;
const info = Buffer.alloc(UNACKED + 4);
const infoLength = Int32Array.of(info.length);

/** The fds that may be looked at: with their connections, and without one those that take connections or datagrams. */
export type Watchable = ReadonlyMap<number, Connection | undefined>;

interface Sample {
  readonly fd: number;
  readonly connection: Connection | undefined;
  readonly state: FdState;
}

/** Looks at what waits at fds, a few of them at a time. */
export class QueueSampler {
  readonly #fds: Watchable;
  readonly #most: number;
  // What was told last, where it was not nothing.
  readonly #told = new Map<number, FdState>();
  #samples: Sample[] = [];
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
   */
  look(touched: Iterable<number>): void {
    this.#samples = [...this.#choose(touched)].map((fd) => {
      const connection = this.#fds.get(fd);
      return { fd, connection, state: stateOf(fd, connection) };
    });
  }

  /** Drops what it saw. */
  drop(): void {
    this.#samples = [];
  }

  /**
   * Tells what it saw.
   * @returns What waited at those fds where that differs from what was told last.
   */
  tell(): [number, FdState][] {
    const changed = this.#samples.filter(({ fd, state }) => !isSame(this.#told.get(fd) ?? {}, state));
    for (const { fd, connection, state } of changed) {
      // Closed since: who is told forgets it when that is told.
      const isThere = this.#fds.has(fd) && this.#fds.get(fd) === connection;
      if (isThere && !isEmpty(state)) this.#told.set(fd, state);
      else this.#told.delete(fd);
    }
    return changed.map(({ fd, state }) => [fd, state]);
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
  const state: FdState = {
    kernelIn: count(sys.ioctl(fd, sys.FIONREAD, 0)),
    kernelOut: count(sys.ioctl(fd, sys.SIOCOUTQ, 0)),
    queued: connection.bufferedBytes,
  };
  return connection.paused ? { ...state, paused: true } : state;
}

function listenerState(fd: number): FdState {
  const waiting = sys.ioctl(fd, sys.FIONREAD, 0);
  // EINVAL: it listens. A datagram socket tells the length of its next datagram.
  if (waiting >= 0) return { kernelIn: waiting };
  infoLength[0] = info.length;
  if (sys.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, infoLength) < 0) return {};
  return { backlog: info.readUInt32LE(UNACKED) };
}

function count(result: number): number {
  return Math.max(0, result);
}

function isEmpty(state: FdState): boolean {
  return !Object.values(state).some(Boolean);
}

function isSame(a: FdState, b: FdState): boolean {
  return fields.every((field) => (a[field] ?? 0) === (b[field] ?? 0));
}
