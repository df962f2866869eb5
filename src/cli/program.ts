import type { Output } from './commands.ts';
import { writeStderr } from './stderr.ts';
import { version } from './version.ts';

const HELP = `Examples:
  tripoll serve                 receive messages on port 9001 and print them
  tripoll send                  from another terminal: send 15 messages to that server
  tripoll explain               what select, poll and epoll report, and when
  tripoll watch                 see the loop in a browser, and make things happen
  tripoll serve --help          all options of a command

Usage: tripoll [options] [command]

select, poll and epoll at work: a server on one loop, and a client for it.

Options:
  --version   print the version
  -h, --help  display help for command

Commands:
  serve       receive messages over TCP and print them
  send        send messages to a server, one connection each
  explain     say what is ready when, and what a process waits for
  watch       show the loop in a browser
  trace       record the turns of a loop, and print them
  help        display help for command
`;

const processOutput: Output = { writeOut: (text) => process.stdout.write(text), writeErr: writeStderr };

/** Runs `tripoll` with these arguments, and returns the exit code. */
export async function runProgram(args: readonly string[], output = processOutput): Promise<number> {
  const text = args.length === 1 ? answer(args[0]!) : undefined;
  if (text === undefined) {
    const { runCommand } = await import('./commands.ts');
    return runCommand(args, output, { help: HELP, version: version() });
  }
  output.writeOut(text);
  return 0;
}

// These answers do without the command-line parser. Node itself starts in little more time than the parser takes to load.
function answer(option: string): string | undefined {
  if (option === '--version') return `${version()}\n`;
  return option === '--help' || option === '-h' ? HELP : undefined;
}
