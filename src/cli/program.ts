import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { OSError } from '../system/errors.ts';
import { addExplain } from './explain.ts';
import { Failure, failureText } from './failure.ts';
import { addSend } from './send.ts';
import { addServe } from './serve/command.ts';
import { writeStderr } from './stderr.ts';
import { addTrace } from './trace.ts';
import { addWatch } from './watch.ts';

const FAILURE = 1;
const USAGE = 2;

const EXAMPLES = `Examples:
  tripoll serve                 receive messages on port 9001 and print them
  tripoll send                  from another terminal: send 15 messages to that server
  tripoll explain               what select, poll and epoll report, and when
  tripoll watch                 see the loop in a browser, and make things happen
  tripoll serve --help          all options of a command
`;

/** Writes the help, error sentences and short results. A test passes its own. */
export interface Output {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

const processOutput: Output = { writeOut: (text) => process.stdout.write(text), writeErr: writeStderr };

/** Runs `tripoll` with these arguments, and returns the exit code. */
export async function runProgram(args: readonly string[], output = processOutput): Promise<number> {
  removeEmptyVariables();
  try {
    await createProgram(output).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (!(error instanceof Failure || error instanceof OSError)) throw error;
    output.writeErr(`tripoll: ${error instanceof OSError ? failureText(error) : error.message}\n`);
    return error instanceof OSError ? FAILURE : error.exitCode;
  }
}

function createProgram(output: Output): Command {
  const program = new Command('tripoll')
    .description('select, poll and epoll at work: a server on one loop, and a client for it.')
    .addHelpText('before', EXAMPLES)
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      ...output,
      outputError: (text, write) => {
        write(usageError(text));
      },
    });
  addServe(program);
  addSend(program);
  addExplain(program);
  addWatch(program);
  addTrace(program);
  return program;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

// Commander puts its suggestion on a second line. Here an error is one sentence on one line.
function usageError(text: string): string {
  const sentence = text.replace(/^error: /, '').trim();
  return `tripoll: ${sentence.replaceAll('\n', ' ')}\n`;
}

// An empty variable counts as unset. Commander would take the empty text as the value of the option.
function removeEmptyVariables(): void {
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith('TRIPOLL_') && value === '') Reflect.deleteProperty(process.env, name);
  }
}
