#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { OSError } from '../system/errors.ts';
import { addExplain } from './explain.ts';
import { Failure, failureText } from './failure.ts';
import { addSend } from './send.ts';
import { addServe } from './serve.ts';
import { log } from './text.ts';
import { addTrace } from './trace.ts';
import { addWatch } from './watch.ts';

const FAILURE = 1;
const USAGE = 2;

const EXAMPLES = `Examples:
  tripoll serve                 receive messages on port 9001 and print them
  tripoll send                  from another terminal: send it 15 messages
  tripoll explain               what select, poll and epoll find ready, and when
  tripoll watch                 see the loop in a browser, and make things happen
  tripoll serve --help          all options of a command
`;

function program(): Command {
  const tripoll = new Command('tripoll')
    .description('select, poll and epoll at work: a server on one loop, and a client for it.')
    .addHelpText('before', EXAMPLES)
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(usageError(text));
      },
    });
  addServe(tripoll);
  addSend(tripoll);
  addExplain(tripoll);
  addWatch(tripoll);
  addTrace(tripoll);
  return tripoll;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

// One sentence on one line, where commander puts its suggestion on a second.
function usageError(text: string): string {
  return `tripoll: ${text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')}\n`;
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof Failure) {
    log(error.message);
    return error.exitCode;
  }
  if (!(error instanceof OSError)) throw error;
  log(failureText(error));
  return FAILURE;
}

// The reader has gone, as with `| head`: no failure. A full disk is one, of which one sentence is enough.
function outputFailed(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || process.exitCode === FAILURE) return;
  process.exitCode = FAILURE;
  if (stream === process.stdout) log(`standard output: ${error.message}; what was to be written is lost`);
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    outputFailed(stream, error);
  });
}

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}
