import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { Failure, failureText } from './failure.ts';
import { writeStderr } from './stderr.ts';

const FAILURE = 1;
const USAGE = 2;

const EXAMPLES = `Examples:
  tripoll serve                 receive messages on port 9001 and print them
  tripoll send                  from another terminal: send 15 messages to that server
  tripoll explain               what select, poll and epoll report, and when
  tripoll watch                 see the loop in a browser, and make things happen
  tripoll serve --help          all options of a command
`;

interface Subcommand {
  readonly name: string;
  /** Its line in the help of `tripoll`. */
  readonly summary: string;
  /** Loads the module with everything else about the command. */
  readonly load: () => Promise<(command: Command) => void>;
}

const subcommands: readonly Subcommand[] = [
  {
    name: 'serve',
    summary: 'receive messages over TCP and print them',
    load: async () => (await import('./serve/command.ts')).defineServe,
  },
  {
    name: 'send',
    summary: 'send messages to a server, one connection each',
    load: async () => (await import('./send.ts')).defineSend,
  },
  {
    name: 'explain',
    summary: 'say what is ready when, and what a process waits for',
    load: async () => (await import('./explain/command.ts')).defineExplain,
  },
  {
    name: 'watch',
    summary: 'show the loop in a browser',
    load: async () => (await import('./watch.ts')).defineWatch,
  },
  {
    name: 'trace',
    summary: 'record the turns of a loop, and print them',
    load: async () => (await import('./trace.ts')).defineTrace,
  },
];

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
    const program = await createProgram(args, output);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof Failure) {
      output.writeErr(`tripoll: ${error.message}\n`);
      return error.exitCode;
    }
    // This module loads the addon, which a command without a failed system call may not need.
    const { OSError } = await import('../system/errors.ts');
    if (!(error instanceof OSError)) throw error;
    output.writeErr(`tripoll: ${failureText(error)}\n`);
    return FAILURE;
  }
}

/** Defines all commands. Only those that the arguments name are loaded: the others have their line in the help. */
async function createProgram(args: readonly string[], output: Output): Promise<Command> {
  const program = new Command('tripoll')
    .description('select, poll and epoll at work: a server on one loop, and a client for it.')
    .addHelpText('before', EXAMPLES)
    .version(version(), '--version', 'print the version')
    .exitOverride()
    // A command that is not loaded has no options yet, so the list shows none.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      ...output,
      outputError: (text, write) => {
        write(usageError(text));
      },
    });
  for (const { name, summary, load } of subcommands) {
    const command = program.command(name).summary(summary);
    if (args.includes(name)) (await load())(command);
  }
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
