import { Command, CommanderError } from 'commander';

import { Failure, failureText } from './failure.ts';

const FAILURE = 1;
const USAGE = 2;

interface Subcommand {
  readonly name: string;
  /** Loads the module with everything else about the command. */
  readonly load: () => Promise<(command: Command) => void>;
}

const subcommands: readonly Subcommand[] = [
  { name: 'serve', load: async () => (await import('./serve/command.ts')).defineServe },
  { name: 'send', load: async () => (await import('./send.ts')).defineSend },
  { name: 'explain', load: async () => (await import('./explain/command.ts')).defineExplain },
  { name: 'watch', load: async () => (await import('./watch.ts')).defineWatch },
  { name: 'trace', load: async () => (await import('./trace.ts')).defineTrace },
];

/** Writes the help, error sentences and short results. A test passes its own. */
export interface Output {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

/** What the program says about itself. */
export interface About {
  readonly help: string;
  readonly version: string;
}

/** Runs a command with commander, and returns the exit code. */
export async function runCommand(args: readonly string[], output: Output, about: About): Promise<number> {
  removeEmptyVariables();
  try {
    const program = await createProgram(args, output, about);
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

/** Defines all commands. Only those that the arguments name are loaded. */
async function createProgram(args: readonly string[], output: Output, about: About): Promise<Command> {
  const program = new Command('tripoll')
    .version(about.version, '--version')
    .exitOverride()
    // A subcommand has its options in its own help.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      ...output,
      outputError: (text, write) => {
        write(usageError(text));
      },
    });
  program.helpInformation = () => about.help;
  for (const { name, load } of subcommands) {
    const command = program.command(name);
    if (args.includes(name)) (await load())(command);
  }
  return program;
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
