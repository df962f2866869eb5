import { setTimeout } from 'node:timers/promises';
import { isatty } from 'node:tty';

import { escapeInJson } from '../../system/control-characters.ts';
import { redirectStderr } from '../stderr.ts';
import { counted, visible } from '../text.ts';
import { levels, limitClientLines, type Log, type LogSettings, type Report } from './log.ts';
import { LogWriter } from './output/log-writer.ts';
import { openStandard } from './output/open-sink.ts';

const STANDARD_ERROR = 2;
// The time for the reader of standard error to read the last lines.
const LAST_LINES_MS = 100;

/** The log and the reports of a server, on standard error. */
export interface LogAndReports {
  readonly log: Log;
  readonly report: Report;
  /** Resolves when everything is written or dropped, or after 100 ms: the end of a process waits for no reader. */
  lastLinesWritten(): Promise<void>;
}

/** Opens the log. From now on, everything that is printed to standard error goes through it. */
export function openLog({ log: form, logLevel, logLinesPerSecond }: LogSettings): LogAndReports {
  const { writeLine, writer } = form === 'json' ? openJsonLog() : openTextLog();
  const limited = limitClientLines(writeLine, logLinesPerSecond || Infinity);
  return {
    log: (level, event, sentence, fields) => {
      if (levels.indexOf(level) <= levels.indexOf(logLevel)) limited(level, event, sentence, fields);
    },
    report: (event, text, fields) => {
      if (form === 'json') writeLine('info', event, text, fields);
      else writer.write(`${text}\n`);
    },
    lastLinesWritten: () => writer.lastLinesWritten(),
  };
}

interface OpenLog {
  readonly writeLine: Log;
  readonly writer: Pick<LogWriter, 'write' | 'abandon'> & Pick<LogAndReports, 'lastLinesWritten'>;
}

/** Opens a log in text without limits. From now on, everything that is printed to standard error goes through it. */
export function openTextLog(): OpenLog {
  const writer = openWriter(visible, (dropped) => `tripoll: ${droppedText(dropped)}\n`);
  return {
    writer,
    writeLine: (_level, _event, sentence) => {
      writer.write(`tripoll: ${sentence}\n`);
    },
  };
}

function openJsonLog(): OpenLog {
  const writer = openWriter(escapeInJson, (dropped) => jsonLine('error', 'dropped', droppedText(dropped), { dropped }));
  return {
    writer,
    writeLine: (level, event, sentence, fields) => {
      writer.write(jsonLine(level, event, sentence, fields));
    },
  };
}

function jsonLine(...[level, event, msg, fields]: Parameters<Log>): string {
  return `${JSON.stringify({ level, time: new Date(), event, ...fields, msg })}\n`;
}

// A terminal must not obey what a client has chosen, such as the path of its socket.
function openWriter(escape: (text: string) => string, droppedText: (dropped: number) => string): OpenLog['writer'] {
  const writer = new LogWriter(openStandard(STANDARD_ERROR), droppedText);
  const isTerminal = isatty(STANDARD_ERROR);
  const write = (text: string): void => {
    writer.write(isTerminal ? escape(text) : text);
  };
  redirectStderr(write);
  return {
    write,
    lastLinesWritten: () => Promise.race([writer.written(), setTimeout(LAST_LINES_MS)]),
    abandon: () => {
      writer.abandon();
    },
  };
}

function droppedText(dropped: number): string {
  return `${counted(dropped, 'event')} of the log dropped: nobody was reading it`;
}
