import { MOST_FD, TCP_STATES, TRACE_VERSION, type TraceHeader, type TraceLine } from './format.ts';

/** What is wrong with a trace, in one sentence. */
export class TraceError extends Error {}

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const MOST_EVENTS = 7;
const MOST_REVENTS = 2 ** 32 - 1;

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
// The page draws bitmaps up to the highest one.
const isFd = within(0, MOST_FD);
const isEvents = within(0, MOST_EVENTS);
const isBackend = oneOf('select', 'poll', 'epoll');

const isTracedFd = shaped({ fd: isFd, what: isText, name: isText });
const isState = shaped({
  kernelIn: optional(isCount),
  kernelOut: optional(isCount),
  queued: optional(isCount),
  paused: optional(isFlag),
  backlog: optional(isCount),
  tcp: optional(oneOf(...TCP_STATES)),
});

const header: Shape = {
  date: isText,
  backend: isBackend,
  node: isText,
  kernel: isText,
  nodeFd: within(-1, MOST_FD),
  timeoutSeconds: isNumber,
  fds: listOf(isTracedFd),
};

const lines: Readonly<Record<TraceLine['type'], Shape>> = {
  turn: {
    turn: isCount,
    ms: isNumber,
    call: isBackend,
    timeoutMs: isNumber,
    waitedMs: isNumber,
    cause: oneOf('ready', 'timeout', 'woken'),
    nodeWakes: isCount,
    wakes: optional(listOf(isNumber)),
    interest: listOf(tuple(isFd, isEvents)),
    ready: listOf(tuple(isFd, isEvents, optional(within(0, MOST_REVENTS)))),
    did: listOf(tuple(isText, isFd, Number.isSafeInteger)),
    state: listOf(tuple(isFd, isState)),
    skipped: optional(isCount),
    skippedDid: optional((value) => isObject(value) && Object.values(value).every(isCount)),
  },
  open: { ms: isNumber, fd: isFd, what: isText, name: isText },
  close: { ms: isNumber, fd: isFd, reason: isText },
  signal: { ms: isNumber, name: isText },
  action: { ms: isNumber, action: isText, text: isText },
  hold: { ms: isNumber, held: isFlag },
  end: { ms: optional(isNumber), turns: optional(isCount), skipped: optional(isCount) },
};

/**
 * Reads the first line of a trace.
 * @param text The line.
 * @returns The header.
 * @throws {TraceError} Where it is none, or one of another version.
 */
export function parseHeader(text: string): TraceHeader {
  const value = parse(text);
  const version = value?.tripollTrace;
  if (value === undefined || version === undefined) throw new TraceError('this is no trace of tripoll');
  if (version !== TRACE_VERSION) {
    const wanted = `this tripoll reads version ${TRACE_VERSION}`;
    throw new TraceError(`the trace is of version ${JSON.stringify(version)}, and ${wanted}`);
  }
  const wrong = wrongField(value, header);
  if (wrong !== undefined) throw new TraceError(`the first line has no valid '${wrong}'`);
  return value as unknown as TraceHeader;
}

/**
 * Reads any other line of a trace.
 * @param text The line.
 * @returns It; `undefined` where its type is unknown.
 * @throws {TraceError} Where it is not right.
 */
export function parseLine(text: string): TraceLine | undefined {
  const value = parse(text);
  if (value === undefined) throw new TraceError('this is no JSON object');
  const { type } = value;
  if (typeof type !== 'string') throw new TraceError("it has no valid 'type'");
  if (!Object.hasOwn(lines, type)) return undefined;
  const wrong = wrongField(value, lines[type as TraceLine['type']]);
  if (wrong !== undefined) throw new TraceError(`the ${type} has no valid '${wrong}'`);
  return value as unknown as TraceLine;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function wrongField(value: Record<string, unknown>, shape: Shape): string | undefined {
  return Object.keys(shape).find((name) => !shape[name]!(Object.hasOwn(value, name) ? value[name] : undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function within(least: number, most: number): Check {
  return (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function oneOf(...words: string[]): Check {
  return (value) => words.includes(value as string);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function shaped(shape: Shape): Check {
  return (value) => isObject(value) && wrongField(value, shape) === undefined;
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function tuple(...checks: Check[]): Check {
  return (value) =>
    Array.isArray(value) && value.length <= checks.length && checks.every((check, index) => check(value[index]));
}
