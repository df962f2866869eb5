import type { Backend } from '../server/loop/wait-set/backend.ts';

/** The version of the format that is written, and the only one that is read. */
export const TRACE_VERSION = 1;

/** The highest fd that is in a trace: Linux allows a process no more by default, fs.nr_open of proc(5). */
export const MOST_FD = 2 ** 20 - 1;

/** The states of a TCP socket as ss(8) names them; the kernel's number of each is its place. */
export const TCP_STATES = [
  'UNKNOWN',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSE',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
] as const;

/** One of them. */
export type TcpState = (typeof TCP_STATES)[number];

/** An fd and EVENT_* bits; 0 where the fd has left the sets. */
export type TracedEvents = [fd: number, events: number];

/** An fd that is ready: EVENT_* bits, and those of poll(2) and epoll(7), which old traces do not have. */
export type TracedReady = [fd: number, events: number, revents?: number];

/** An fd, and what it is. */
export interface TracedFd {
  /** The number. */
  fd: number;
  /** What it is. */
  what: 'listener' | 'datagrams' | 'client';
  /** The address: its own, or for a client the peer's. */
  name: string;
}

/** What waits at an fd. */
export interface FdState {
  /** Bytes that the kernel has received and the server has not read. */
  kernelIn?: number;
  /** Bytes that the kernel has taken and the peer has not acknowledged. */
  kernelOut?: number;
  /** Bytes that wait in the server's own queue, for room in the kernel's. */
  queued?: number;
  /** Whether the server does not read from it now. */
  paused?: boolean;
  /** For a listener: connections that wait to be accepted. */
  backlog?: number;
  /** The state of a TCP socket; absent for others. */
  tcp?: TcpState;
}

/** The first line. */
export interface TraceHeader {
  /** The version. */
  tripollTrace: typeof TRACE_VERSION;
  /** When the trace began, as in ISO 8601. */
  date: string;
  /** What the loop waits with. */
  backend: Backend;
  /** The version of Node. */
  node: string;
  /** The version of the kernel. */
  kernel: string;
  /** The fd of Node's own loop, -1 where Node stands still. */
  nodeFd: number;
  /** The longest wait, in seconds. */
  timeoutSeconds: number;
  /** The fds that were there already. */
  fds: TracedFd[];
}

/** A turn of the loop. Its `ms` is when its wait began. */
export interface TurnLine {
  /** What it is. */
  type: 'turn';
  /** The number of the turn, those that are not in the trace included; the first is 1. */
  turn: number;
  /** When the wait began. */
  ms: number;
  /** The system call. */
  call: Backend;
  /** The longest wait; -1 for ever. */
  timeoutMs: number;
  /** How long it took. */
  waitedMs: number;
  /** Why it ended. */
  cause: 'ready' | 'timeout' | 'woken';
  /** How often the wait was left for Node's own loop, and went on. */
  nodeWakes: number;
  /** When that was, in ms since the wait began: of the first 16; absent for none. */
  wakes?: number[];
  /** What was asked for, where it differs from the turn before. */
  interest: TracedEvents[];
  /** What was returned. */
  ready: TracedReady[];
  /** What was done then: the call, its fd and its result. */
  did: [call: string, fd: number, result: number][];
  /** What waited at some fds when the wait had ended and nothing was done yet, where it differs from what was last said. */
  state: [fd: number, state: FdState][];
  /** How many turns before this one are not in the trace; absent for none. */
  skipped?: number;
  /** How often each call was made in them. */
  skippedDid?: Record<string, number>;
}

/** An fd is open from now on: a client was accepted. */
export interface OpenLine extends TracedFd {
  /** What it is. */
  type: 'open';
  /** When. */
  ms: number;
}

/** An fd is closed: its number may mean something else from now on. */
export interface CloseLine {
  /** What it is. */
  type: 'close';
  /** When. */
  ms: number;
  /** The fd. */
  fd: number;
  /** Why: a DisconnectReason. */
  reason: string;
}

/** The process was sent a signal. */
export interface SignalLine {
  /** What it is. */
  type: 'signal';
  /** When. */
  ms: number;
  /** Its name. */
  name: string;
}

/** Somebody made something happen. */
export interface ActionLine {
  /** What it is. */
  type: 'action';
  /** When. */
  ms: number;
  /** Its name. */
  action: string;
  /** What happens, in a sentence. */
  text: string;
}

/** Somebody holds the live loop between two turns, or lets it go on. */
export interface HoldLine {
  /** What it is. */
  type: 'hold';
  /** When. */
  ms: number;
  /** Which. */
  held: boolean;
}

/** The last line of a trace that is complete. */
export interface EndLine {
  /** What it is. */
  type: 'end';
  /** When; absent where the end of a cut-off file is told. */
  ms?: number;
  /** How many turns there were. */
  turns?: number;
  /** How many of them are not in the trace. */
  skipped?: number;
}

/** A line after the first. */
export type TraceLine = TurnLine | OpenLine | CloseLine | SignalLine | ActionLine | HoldLine | EndLine;
