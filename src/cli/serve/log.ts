import { counted } from '../text.ts';

/** The levels of the log, the most important first. 'silent' logs nothing. */
export const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];
type LineLevel = Exclude<Level, 'silent'>;

/** Writes an event to standard error: its name such as 'listening', a sentence, and details for a log in JSON. */
export type Log = (
  level: LineLevel,
  event: string,
  sentence: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Prints what the user asked for, such as the state at SIGUSR2, whatever the level of the log is. */
export type Report = (event: string, text: string, fields: Readonly<Record<string, unknown>>) => void;

/** A clock in milliseconds, and its timer. */
export interface LogClock {
  nowMs(): number;
  after(delayMs: number, call: () => void): void;
}

// What a line about a client is called among the lines that were left out. A connection that ended has its reason instead.
const CLIENT_EVENTS: ReadonlyMap<string, string> = new Map([
  ['connection.open', 'connected'],
  ['connection.close', 'ended'],
  ['urgent', 'urgent byte'],
  ['handler', 'lost message'],
  ['silence.begin', 'silent'],
  ['silence.end', 'back'],
]);
const SECOND_MS = 1000;

const PROCESS_CLOCK: LogClock = {
  nowMs: () => performance.now(),
  after: (delayMs, call) => {
    // The process may end before. The event 'ended' then writes the count.
    setTimeout(call, delayMs).unref();
  },
};

export const logLinesPerSecondDefault = 100;

/** The options of `serve` that concern its log. */
export interface LogSettings {
  readonly log: 'text' | 'json';
  /** The least important level that is logged. */
  readonly logLevel: Level;
  /** The most lines of a level about clients in a second; 0 disables the limit. */
  readonly logLinesPerSecond: number;
}

/**
 * Limits the lines about clients to a number of each level in a second, because the clients decide how many there are. One more
 * line says how many were left out. Lines about the process are never left out.
 */
export function limitClientLines(log: Log, linesPerSecond: number, clock = PROCESS_CLOCK): Log {
  const leftOut = new LeftOutLines(log);
  let endMs = -Infinity;
  // Each level has the limit for itself: a flood of ordinary lines hides no warning and no error.
  const lines = new Map<LineLevel, number>();
  return (level, event, sentence, fields) => {
    const kind = CLIENT_EVENTS.get(event);
    if (kind === undefined) {
      if (event === 'ended') leftOut.report();
      log(level, event, sentence, fields);
      return;
    }
    const nowMs = clock.nowMs();
    if (nowMs >= endMs) {
      leftOut.report();
      endMs = nowMs + SECOND_MS;
      lines.clear();
    }
    const count = lines.get(level) ?? 0;
    if (count < linesPerSecond) {
      lines.set(level, count + 1);
      log(level, event, sentence, fields);
    } else if (leftOut.add(level, typeof fields?.reason === 'string' ? fields.reason : kind) === 1) {
      const thisEndMs = endMs;
      clock.after(endMs - nowMs, () => {
        // Later lines may already have begun the next second.
        if (endMs === thisEndMs) leftOut.report();
      });
    }
  };
}

/** Limits the calls of a function to one per interval. The function receives the number of calls dropped before it. */
export function atMostEvery<Args extends unknown[]>(
  intervalMs: number,
  call: (dropped: number, ...args: Args) => void,
): (...args: Args) => void {
  let nextMs = -Infinity;
  let dropped = 0;
  return (...args) => {
    if (performance.now() < nextMs) {
      dropped++;
      return;
    }
    nextMs = performance.now() + intervalMs;
    call(dropped, ...args);
    dropped = 0;
  };
}

class LeftOutLines {
  readonly #log: Log;
  readonly #kinds = new Map<string, number>();
  #count = 0;
  #level: LineLevel = 'debug';

  constructor(log: Log) {
    this.#log = log;
  }

  /** Counts a line, and returns how many lines were left out since the last report. */
  add(level: LineLevel, kind: string): number {
    if (levels.indexOf(level) < levels.indexOf(this.#level)) this.#level = level;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    return ++this.#count;
  }

  /** Logs how many lines were left out, if there are any, on the most important of their levels. */
  report(): void {
    if (this.#count === 0) return;
    const kinds = [...this.#kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
    const sentence = `${counted(this.#count, 'line')} about clients left out: ${kinds}`;
    const fields = { count: this.#count, kinds: Object.fromEntries(this.#kinds) };
    const level = this.#level;
    this.#kinds.clear();
    this.#count = 0;
    this.#level = 'debug';
    this.#log(level, 'left-out', sentence, fields);
  }
}
