import { droppedText, logLine, stderrWriter, writeStderr } from '../stderr.ts';

/** The levels of the log, the most important first. 'silent' logs nothing. */
export const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

/** Writes an event to standard error: its name such as 'listening', a sentence, and details for a log in JSON. */
export type Log = (
  level: Exclude<Level, 'silent'>,
  event: string,
  sentence: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Prints what the user asked for, such as the state at SIGUSR2, whatever the level of the log is. */
export type Report = (event: string, text: string, fields: Readonly<Record<string, unknown>>) => void;

/** Makes a log that writes events of `leastImportant` and of more important levels. */
export async function createLog(form: 'text' | 'json', leastImportant: Level): Promise<Log> {
  if (form === 'json') return jsonLog(leastImportant);
  return (level, _event, sentence) => {
    if (levels.indexOf(level) <= levels.indexOf(leastImportant)) logLine(sentence);
  };
}

export async function createReport(form: 'text' | 'json'): Promise<Report> {
  const log = form === 'json' ? await jsonLog('info') : undefined;
  return (event, text, fields) => {
    if (log === undefined) writeStderr(`${text}\n`);
    else log('info', event, text, fields);
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

async function jsonLog(leastImportant: Level): Promise<Log> {
  // A server with a log in text starts faster without pino.
  const { pino, stdTimeFunctions } = await import('pino');
  // Pino's own destination blocks the thread or fills the memory when nobody reads.
  const write = stderrWriter((dropped) => {
    log('error', 'dropped', droppedText(dropped), { dropped });
  });
  const timestamp = stdTimeFunctions.isoTime;
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ level: leastImportant, base: null, timestamp, formatters }, { write });
  const log: Log = (level, event, sentence, fields) => {
    logger[level]({ event, ...fields }, sentence);
  };
  return log;
}
