import { type Command, Option } from 'commander';

import { ExplainError } from '../explain/proc.ts';
import { explainFd, explainProcess } from '../explain/process.ts';
import { fdText, processText } from '../explain/process-text.ts';
import { countDiffering, matching, measureAll, readinessJson } from '../explain/readiness.ts';
import { readinessText } from '../explain/readiness-text.ts';
import { INT_MAX } from '../system/integer.ts';
import { Failure } from './failure.ts';
import { visible } from './text.ts';
import { valueParser, wholeNumber } from './values.ts';

interface ExplainFlags {
  readonly scenario?: RegExp;
  readonly steps?: true;
  readonly check?: true;
  readonly pid?: number;
  readonly fd?: number;
  readonly json?: true;
}

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

export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('say what is ready when, and what a process waits for')
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
    .action(explain);
}

function explain(flags: ExplainFlags): void {
  try {
    process.stdout.write(visible(explanation(flags)));
  } catch (error) {
    throw error instanceof ExplainError ? new Failure(error.message, 1) : error;
  }
}

function explanation(flags: ExplainFlags): string {
  const { pid, fd, json } = flags;
  // In a file or a pipe, each row is one line.
  const width = Math.max(80, process.stdout.isTTY ? process.stdout.columns : Infinity);
  if (pid !== undefined) {
    const report = explainProcess(pid, fd);
    return json ? jsonText(report) : processText(report, width);
  }
  if (fd !== undefined) {
    const report = explainFd(fd);
    return json ? jsonText(report) : fdText(report, width);
  }
  return tableText(flags, width);
}

function tableText({ scenario, steps, check, json }: ExplainFlags, width: number): string {
  const chosen = matching(scenario);
  if (chosen.length === 0) throw new Failure(`no scenario matches ${scenario?.source}; without it, all are shown`);
  const measured = measureAll(chosen);
  if (check && countDiffering(measured) > 0) process.exitCode = 1;
  return json ? jsonText(readinessJson(measured)) : readinessText(measured, { width, steps: steps === true });
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
