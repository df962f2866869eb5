import { type Command, Option } from 'commander';

import { INT_MAX } from '../../system/integer.ts';
import { valueParser, wholeNumber } from '../values.ts';
import type { ExplainFlags } from './explain.ts';

const EXAMPLES = `Examples:
  tripoll explain                        what is ready when: the results of every scenario on this machine
  tripoll explain --scenario 'RST|FIN' --steps
  tripoll explain --fd 3 3< file         what an fd is that the shell has opened, and what is ready
  echo hello | tripoll explain --fd 0
  tripoll explain --pid 4711             what a process waits for, and its fds
  tripoll explain --pid 4711 --fd 5
`;

const NOTES = `
To see what a process waits for, you must own it, on a system that lets users trace their own processes, or be root.

Exit codes: 0 explained; 1 no such process or fd, or no permission, or --check found a difference; 2 wrong command line.
`;

const tableFlags = ['scenario', 'steps', 'check'];

const pattern = valueParser('a regular expression of JavaScript', (text) => {
  try {
    return new RegExp(text, 'iu');
  } catch {
    return undefined;
  }
});

export function defineExplain(command: Command): void {
  command
    .description(
      'Makes sockets, pipes and files in every state, asks select, poll and epoll about each, and prints what is ready. ' +
        'With --fd and --pid: says what an fd is, and what a process waits for.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .option('--scenario <pattern>', 'only scenarios whose name or group matches; case does not matter', pattern)
    .option('--steps', 'print how each scenario was made, and the results of calls after it')
    .option('--check', 'end with exit code 1 when a result differs from the Linux that tripoll was made on')
    .addOption(
      new Option('--pid <number>', 'explain this process').argParser(wholeNumber(1, INT_MAX)).conflicts(tableFlags),
    )
    .addOption(
      new Option('--fd <number>', 'explain this fd of the process; without --pid, an fd that the command inherits')
        .argParser(wholeNumber(0, INT_MAX))
        .conflicts(tableFlags),
    )
    .option('--json', 'print JSON')
    .action(async (flags: ExplainFlags) => {
      const { explain } = await import('./explain.ts');
      explain(flags);
    });
}
