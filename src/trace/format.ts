// The format of a trace: JSON lines, the header first. Each line is declared once, as a shape: the parser checks lines against the
// shapes, and the types of the recorder and of the watch page are inferred from them. docs/watch.md explains the format.
import {
  isBoolean,
  isInteger,
  isNumber,
  isText,
  listOf,
  objectOf,
  oneOf,
  optional,
  recordOf,
  type Shaped,
  tuple,
  within,
} from './shape.ts';

/** The recorder writes this version of the format, and a reader refuses any other. */
export const TRACE_VERSION = 1;

/** The highest fd in a trace. Linux gives a process no higher one by default (fs.nr_open, proc(5)), and the page draws bitmaps. */
export const MAX_FD = 2 ** 20 - 1;

/** The states of a TCP socket as ss(8) names them. The index of a name is the kernel's number for the state. */
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

const MAX_EVENTS_MASK = 7;
const MAX_REVENTS = 2 ** 32 - 1;

const isCount = within(0, Number.MAX_SAFE_INTEGER);
const isFd = within(0, MAX_FD);
/** EVENT_* bits: 1 readable, 2 writable, 4 exceptional. */
const isEvents = within(0, MAX_EVENTS_MASK);
const isBackend = oneOf('select', 'poll', 'epoll');

const tracedFd = {
  fd: isFd,
  /** 'listener', 'datagrams' or 'client'. */
  what: isText,
  /** The address of a listener; the peer's address of a client. */
  name: isText,
};

/** The queues and the state of an fd. A number that is absent is 0. */
const fdState = {
  /** Bytes that the kernel has received and the server has not read. */
  kernelIn: optional(isCount),
  /** Bytes that the kernel has accepted for sending and the peer has not acknowledged. */
  kernelOut: optional(isCount),
  /** Bytes in the server's own output queue. */
  queued: optional(isCount),
  /** Whether the server has stopped reading from the connection. */
  paused: optional(isBoolean),
  /** Connections that wait to be accepted, for a listener. */
  backlog: optional(isCount),
  /** Absent when the socket is not a TCP socket. */
  tcp: optional(oneOf(...TCP_STATES)),
};

/** The first line of a trace. */
export const headerShape = {
  tripollTrace: oneOf(TRACE_VERSION),
  /** When the recording started, in ISO 8601. */
  date: isText,
  backend: isBackend,
  node: isText,
  kernel: isText,
  /** The fd of Node's own event loop; -1 when the server blocks Node. */
  nodeFd: within(-1, MAX_FD),
  /** The longest wait; -1 for no limit. */
  timeoutSeconds: isNumber,
  /** The fds that were open when the recording started. */
  fds: listOf(objectOf(tracedFd)),
};

const turn = {
  type: oneOf('turn'),
  /** The number of the turn, from 1. Turns that were not recorded count, too. */
  turn: isCount,
  /** When the wait started. */
  ms: isNumber,
  call: isBackend,
  /** The longest wait; -1 for no limit. */
  timeoutMs: isNumber,
  waitedMs: isNumber,
  cause: oneOf('ready', 'timeout', 'woken'),
  /** How many times the wait was interrupted for Node's own event loop, and then continued. */
  nodeWakes: isCount,
  /** When the first 16 of these interruptions were, in ms since the wait started. */
  wakes: optional(listOf(isNumber)),
  /** The fds whose events differ from the turn before; 0 events mean that the wait does not watch the fd any more. */
  interest: listOf(tuple<readonly [fd: number, events: number]>(isFd, isEvents)),
  /** What the call returned. `revents` are the bits of poll(2) and epoll(7); traces of older versions do not have them. */
  ready: listOf(
    tuple<readonly [fd: number, events: number, revents?: number]>(isFd, isEvents, optional(within(0, MAX_REVENTS))),
  ),
  /** The calls that the program then made, with their results: a count, an fd or -errno. */
  did: listOf(tuple<readonly [call: string, fd: number, result: number]>(isText, isFd, isInteger)),
  /** The fds whose state differs from the last recorded one, as it was after the wait and before the program did anything. */
  state: listOf(tuple<readonly [fd: number, state: FdState]>(isFd, objectOf(fdState))),
  /** How many turns before this one were not recorded. */
  skipped: optional(isCount),
  /** How many calls of each name the program made in those turns. */
  skippedDid: optional(recordOf(isCount)),
};

/** The lines after the first, by their type. `ms` is the time since the recording started. */
export const lineShapes = {
  turn,
  /** A client was accepted. */
  open: { type: oneOf('open'), ms: isNumber, ...tracedFd },
  /** The fd was closed: later lines may use its number for another file. `reason` is a DisconnectReason. */
  close: { type: oneOf('close'), ms: isNumber, fd: isFd, reason: isText },
  /** The process received a signal. */
  signal: { type: oneOf('signal'), ms: isNumber, name: isText },
  /** Somebody pressed a button of the page. `text` says in a sentence what it does. */
  action: { type: oneOf('action'), ms: isNumber, action: isText, text: isText },
  /** Somebody paused the loop between two turns, or let it continue. */
  hold: { type: oneOf('hold'), ms: isNumber, held: isBoolean },
  /** The last line of a complete trace. `ms` is absent when a reader adds this line to a file that has none. */
  end: { type: oneOf('end'), ms: optional(isNumber), turns: optional(isCount), skipped: optional(isCount) },
};

export type TraceHeader = Shaped<typeof headerShape>;
export type TracedFd = Shaped<typeof tracedFd>;
export type FdState = Shaped<typeof fdState>;
export type TurnLine = Shaped<typeof turn>;

/** A line after the first. */
export type TraceLine = {
  [Type in keyof typeof lineShapes]: Shaped<(typeof lineShapes)[Type]>;
}[keyof typeof lineShapes];

/** What happens besides the turns. */
export type EventLine = Exclude<TraceLine, TurnLine | { type: 'end' }>;
