import { droppedText, errorWriter, log as writeLine, writeError } from '../text.ts';

/** How much it matters; the first one matters most, and is nothing. */
export type Level = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/**
 * Writes an event to the log, on standard error.
 * @param level How much it matters.
 * @param event Its name: 'listening'.
 * @param sentence It in words.
 * @param fields Details, for a log in JSON.
 */
export type Log = (
  level: Exclude<Level, 'silent'>,
  event: string,
  sentence: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Shows an event that somebody has asked for: its name, its text, its details. */
export type Report = (event: string, text: string, fields: Readonly<Record<string, unknown>>) => void;

const levels: readonly Level[] = ['silent', 'error', 'warn', 'info', 'debug'];

/**
 * Makes a log.
 * @param form Sentences, or lines of JSON.
 * @param least The least that is logged.
 * @returns The log.
 */
export async function createLog(form: 'text' | 'json', least: Level): Promise<Log> {
  if (form === 'json') return jsonLog(least);
  return (level, _event, sentence) => {
    if (levels.indexOf(level) <= levels.indexOf(least)) writeLine(sentence);
  };
}

/**
 * Shows what somebody has asked for, whatever the level of the log.
 * @param form The form of the log: as it is, or as the text of a line of JSON.
 * @returns A function that shows an event.
 */
export async function createReport(form: 'text' | 'json'): Promise<Report> {
  if (form === 'text') {
    return (_event, text) => {
      writeError(`${text}\n`);
    };
  }
  const log = await jsonLog('info');
  return (event, text, fields) => {
    log('info', event, text, fields);
  };
}

/**
 * Calls a function at most so often; a call in between is dropped.
 * @param everyMs How far apart, in ms.
 * @param act The function, which is told how many calls were dropped since the last time.
 * @returns A function to call as often as one likes.
 */
export function atMostEvery<Args extends unknown[]>(
  everyMs: number,
  act: (dropped: number, ...args: Args) => void,
): (...args: Args) => void {
  let nextMs = -Infinity;
  let dropped = 0;
  return (...args) => {
    if (performance.now() < nextMs) {
      dropped++;
      return;
    }
    nextMs = performance.now() + everyMs;
    act(dropped, ...args);
    dropped = 0;
  };
}

// Loaded only where it is used: a server with a log in words starts without it.
async function jsonLog(least: Level): Promise<Log> {
  const { pino, stdTimeFunctions } = await import('pino');
  // Not pino's own destination: it stops the thread, or fills the memory, where nobody reads.
  const write = errorWriter((dropped) => {
    log('error', 'dropped', droppedText(dropped), { dropped });
  });
  const logger = pino(
    {
      level: least,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const log: Log = (level, event, sentence, fields) => {
    logger[level]({ event, ...fields }, sentence);
  };
  return log;
}
