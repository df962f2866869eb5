import { type Command, Option } from 'commander';

import { ExplainError } from '../explain/proc.ts';
import { explainFd, explainProcess } from '../explain/process.ts';
import { fdText, processText } from '../explain/process-text.ts';
import { countDiffering, matching, measureAll, readinessJson } from '../explain/readiness.ts';
import { readinessText } from '../explain/readiness-text.ts';
import { Failure } from './failure.ts';
import { visible } from './text.ts';
import { type Kind, parser, wholeNumber } from './values.ts';

interface ExplainFlags {
  readonly scenario?: RegExp;
  readonly steps?: true;
  readonly check?: true;
  readonly pid?: number;
  readonly fd?: number;
  readonly json?: true;
}

const EXAMPLES = `Examples:
  tripoll explain                        what is ready when: every case, made and measured here
  tripoll explain --scenario 'RST|FIN' --steps
  tripoll explain --fd 3 3< file         what an fd is that the shell has opened, and what is ready
  echo hello | tripoll explain --fd 0
  tripoll explain --pid 4711             what a process waits for, and its fds
  tripoll explain --pid 4711 --fd 5
`;

const NOTES = `
What a process waits for is told to its owner where the kernel lets one trace one's own processes, and to root.

Exit codes: 0 explained, 1 no such process or fd, or not ours to see, or --check found a difference, 2 asked for wrongly.
`;

const pattern: Kind<RegExp> = {
  json: 'string',
  wants: 'a regular expression of JavaScript',
  parse(text) {
    try {
      return new RegExp(text, 'iu');
    } catch {
      return undefined;
    }
  },
};

const number = parser(wholeNumber(1, 2 ** 31 - 1));
const table = ['scenario', 'steps', 'check'];

/**
 * Adds `tripoll explain`.
 * @param program The command that it becomes part of.
 */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('say what is ready when, and what a process waits for')
    .description(
      'Makes sockets, pipes and files in every state, asks select, poll and epoll about each, and prints what is ready. ' +
        'With --fd and --pid: what an fd is, and what a process waits for.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .option('--scenario <pattern>', 'only scenarios whose name or group matches, in any case', parser(pattern))
    .option('--steps', 'say how each was made, and what calls give then')
    .option('--check', 'end with 1 where anything is not as on the Linux that tripoll was made on')
    .addOption(new Option('--pid <number>', 'explain this process').argParser(number).conflicts(table))
    .addOption(
      new Option('--fd <number>', 'explain this fd: of the process, or of this one, which inherits it')
        .argParser(parser(wholeNumber(0, 2 ** 31 - 1)))
        .conflicts(table),
    )
    .option('--json', 'print it as JSON')
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
  // Whoever reads a file or a pipe wants a row to be a line.
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
