import type { Backend } from '../server/server.ts';

/** The version of the format that is written, and the only one that is read. */
export const TRACE_VERSION = 1;

/** An fd and EVENT_* bits; 0 where the fd has left the sets. */
export type TracedEvents = [fd: number, events: number];

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
  /** What was asked for, where it differs from the turn before. */
  interest: TracedEvents[];
  /** What was returned. */
  ready: TracedEvents[];
  /** What was done then: the call, its fd and its result. */
  did: [call: string, fd: number, result: number][];
  /** What waited at some fds before the wait, where it differs from what was last said. */
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
export type TraceLine = TurnLine | OpenLine | CloseLine | SignalLine | ActionLine | EndLine;
