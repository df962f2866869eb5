/** An fd and EVENT_* bits: 1 read, 2 write, 4 exceptional. */
export type FdEvents = readonly [fd: number, events: number];

/** An fd that came back: its EVENT_* bits, and the raw bits of poll(2) and epoll(7), which an older trace has not. */
export type FdReady = readonly [fd: number, events: number, revents?: number];

/** What an fd is when the trace begins. */
export interface FdName {
  /** The fd. */
  readonly fd: number;
  /** 'listener', 'client' or another word. */
  readonly what: string;
  /** Its address, or the peer's. */
  readonly name: string;
}

/** The first line of a trace. */
export interface TraceHeader {
  /** The version of the format. */
  readonly tripollTrace: number;
  /** When it was recorded, as ISO 8601. */
  readonly date?: string;
  /** The system call that waited: 'select', 'poll' or 'epoll'. */
  readonly backend?: string;
  /** Node's version. */
  readonly node?: string;
  /** The kernel's version. */
  readonly kernel?: string;
  /** The fd of Node's own loop; -1 or nothing where it is not waited for. */
  readonly nodeFd?: number;
  /** What is open when the trace begins. */
  readonly fds?: readonly FdName[];
}

/** What waits in the queues of an fd, in bytes, and whether it is left out of the wait on purpose. */
export interface FdState {
  /** In the kernel's receive buffer. */
  readonly kernelIn?: number;
  /** In the kernel's send buffer. */
  readonly kernelOut?: number;
  /** In the program's own output queue. */
  readonly queued?: number;
  /** Whether the program has stopped to read it. */
  readonly paused?: boolean;
  /** For a listener: the connections that wait to be accepted. */
  readonly backlog?: number;
  /** The state of its TCP connection, as `ss` names it; nothing for another socket, or where it is not known. */
  readonly tcp?: string;
}

/** One turn: what changed in what was asked, the wait, what came back, what was done. */
export interface TurnLine {
  /** What it is. */
  readonly type: 'turn';
  /** Its number. */
  readonly turn: number;
  /** When its wait began, in ms since the start of the trace. */
  readonly ms: number;
  /** The system call. */
  readonly call: string;
  /** The longest wait, in ms; negative for ever. */
  readonly timeoutMs: number;
  /** How long it waited, in ms. */
  readonly waitedMs: number;
  /** Why the wait ended: 'ready', 'timeout' or 'woken'. */
  readonly cause: string;
  /** How often Node's own loop ended the system call meanwhile. */
  readonly nodeWakes?: number;
  /** When it did, the first times, in ms since the wait began. */
  readonly wakes?: readonly number[];
  /** What changed in the sets; events 0 left them. */
  readonly interest?: readonly FdEvents[];
  /** What was returned. */
  readonly ready?: readonly FdReady[];
  /** What the program did then: the call, its fd, and its result or -errno. */
  readonly did?: readonly (readonly [call: string, fd: number, result: number])[];
  /** What changed in the queues: as they were when the wait had ended, before the program did anything. */
  readonly state?: readonly (readonly [fd: number, state: FdState])[];
  /** Turns that were not recorded before this one. */
  readonly skipped?: number;
  /** How often each call was made in them. */
  readonly skippedDid?: Readonly<Record<string, number>>;
}

/** What happened beside the turns. */
export type HappeningLine =
  | ({ readonly type: 'open'; readonly ms: number } & FdName)
  | { readonly type: 'close'; readonly ms: number; readonly fd: number; readonly reason?: string }
  | { readonly type: 'signal'; readonly ms: number; readonly name: string }
  | { readonly type: 'action'; readonly ms: number; readonly action: string; readonly text: string }
  | { readonly type: 'hold'; readonly ms: number; readonly held: boolean };

/** The last line of a trace that was ended in order. */
export interface EndLine {
  /** What it is. */
  readonly type: 'end';
  /** When, in ms since the start; nothing where a file without an end was shown to its last line. */
  readonly ms?: number;
}

/** A line of a trace after the first. */
export type TraceLine = TurnLine | HappeningLine | EndLine;

/** The version of the format that this page reads. */
export const TRACE_VERSION = 1;

const TYPES = new Set(['turn', 'open', 'close', 'signal', 'action', 'hold', 'end']);

/**
 * Reads one line of a trace.
 * @param text The line.
 * @returns The header or a line; `undefined` for a type that is not known here, or a line that is cut off.
 * @throws {RangeError} For a trace of another version.
 */
export function parseLine(text: string): TraceHeader | TraceLine | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('tripollTrace' in value) return checkVersion(value as TraceHeader);
  if (!('type' in value) || !TYPES.has(value.type as string)) return undefined;
  return value as TraceLine;
}

/**
 * Tells the first line from the others.
 * @param line What `parseLine` gave.
 * @returns Whether it is the header.
 */
export function isHeader(line: TraceHeader | TraceLine): line is TraceHeader {
  return 'tripollTrace' in line;
}

function checkVersion(header: TraceHeader): TraceHeader {
  if (header.tripollTrace === TRACE_VERSION) return header;
  throw new RangeError(`This trace has version ${header.tripollTrace}; this page reads version ${TRACE_VERSION}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
