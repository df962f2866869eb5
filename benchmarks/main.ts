import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { choiceOption, seconds, wholeNumber } from '../src/cli/values.ts';
import { comparisonText } from './harness/compare-text.ts';
import { readResults } from './harness/files.ts';
import { recordFlame } from './harness/flame.ts';
import { listText, takeInventory } from './harness/inventory.ts';
import { type ProfileChoice, profileText } from './harness/profile.ts';
import { run, type RunOptions } from './harness/run.ts';
import { startupTable } from './harness/startup.ts';
import { flameGraph } from './report/flame-graph.ts';
import { writeReport } from './report/report.ts';

const EXAMPLES = `Examples:
  npm run bench -- --quick                                measure the most important cells, in less than 4 minutes
  npm run bench                                           measure what most readers ask, in about 30 minutes
  npm run bench -- --all                                  measure everything
  npm run bench -- --workload echo --driver 'epoll|net'   measure only some cells and drivers
  npm run bench -- startup                                measure how long the command takes to start
  npm run bench -- profile                                show what a line costs the command, by function and system call
  npm run bench -- --flame tripoll-epoll                  draw where the time of a driver goes
  npm run bench -- list                                   show all drivers, workloads and cells
  npm run bench -- report results.json                    write an HTML page and Markdown tables
  npm run bench -- compare before.json after.json         show which figures became better or worse

Measure on a machine that does nothing else. CPU times and ratios are more reliable than throughput.
`;
// The defaults of a run, in seconds. A JavaScript server needs the warm-up: until its code is compiled, a message costs several
// times as much, and the compiler stops the thread for milliseconds. Measured at full speed: CPU time does not change after
// 1 s, and the 99th percentile of latency does not change after 4 s.
// Five repetitions are the fewest whose smallest and largest value enclose the true median in 19 of 20 cases (1 - 2 / 2 ^ 5).
// A fresh process differs more from the next one than one second from the next, so a longer window would tell less than another
// repetition. The CPU clock of a server is exact, and 0.8 s are long enough for 800 messages at the slowest fixed rate.
const FULL = { repetitions: 5, seconds: 0.8, warmup: 1.5 };
const QUICK = { repetitions: 3, seconds: 0.3, warmup: 0.4 };
const SEEDS = 2 ** 31;
const STARTS = 20;
const FAILURE = 1;
const USAGE = 2;

type Options = Pick<RunOptions, 'driver' | 'workload'> & {
  quick: boolean;
  all: boolean;
  flame?: string;
  seed?: number;
  repetitions?: number;
  seconds?: number;
  out?: string;
};

type FlameOptions = Pick<RunOptions, 'workload' | 'seconds' | 'warmup'> & { out?: string };

function program(): Command {
  const bench = new Command('bench')
    .usage('[options] | startup | profile | list | compare BEFORE AFTER | report FILE')
    .description(
      'Compares select, poll and epoll servers with the event loop. It measures each driver with each workload.',
    )
    .addHelpText('before', EXAMPLES)
    .exitOverride()
    .option('--quick', 'measure fewer drivers and workloads, in fewer and shorter runs', false)
    .addOption(new Option('--all', 'measure all drivers and workloads').default(false).conflicts('quick'))
    .option('--driver <regexp>', 'measure only drivers with a matching name', regExp)
    .option('--workload <regexp>', 'measure only workloads or cells with a matching name', regExp)
    .option(
      '--repetitions <number>',
      `how often each cell is measured (default: ${FULL.repetitions})`,
      wholeNumber(1, 1000),
    )
    .option('--seconds <number>', `the length of the measured window (default: ${FULL.seconds})`, seconds(0.01, 3600))
    .option(
      '--flame <driver>',
      'measure nothing, and draw a flame graph of one driver in one cell: a file for a browser',
    )
    .option('--seed <number>', 'decides the order of the runs (default: a random number)', wholeNumber(0, SEEDS - 1))
    .option('--out <file>', 'the results file (default: tripoll-bench-DATE.json)')
    .action(measure);
  bench
    .command('startup')
    .description('measure how long the command takes to start, next to bare Node')
    .option('--starts <number>', 'how often each program is started', wholeNumber(1, 1000), STARTS)
    .action(async ({ starts }: { starts: number }) => {
      print(await startupTable(starts));
    });
  bench
    .command('profile')
    .description('show what a line costs `tripoll serve --file`, by function and by system call')
    .addOption(choiceOption('--backend <call>', 'the system call that waits', ['select', 'poll', 'epoll'], 'epoll'))
    .addOption(choiceOption('--output <form>', 'the form of the lines', ['text', 'json'], 'text'))
    .action(async (choice: ProfileChoice) => {
      print(await profileText(choice));
    });
  bench.command('list').description('show drivers, workloads and cells').action(list);
  bench
    .command('compare <before> <after>')
    .description('find the significant changes between two results files')
    .action((before: string, after: string) => {
      print(comparisonText(readResults(path(before)), readResults(path(after))));
    });
  bench
    .command('report <file>')
    .description('write an HTML page and a Markdown table into a folder named after the results file')
    .option('--directory <folder>', 'write into this folder')
    .action(report);
  return bench;
}

async function measure(given: Options): Promise<void> {
  const { quick, all, flame, ...choice } = given;
  const defaults = { ...(quick ? QUICK : FULL), seed: randomInt(SEEDS) };
  if (flame !== undefined) {
    await drawFlame(flame, { ...defaults, ...choice });
    return;
  }
  const extent = quick ? 'quick' : all ? 'all' : 'usual';
  const out = path(given.out ?? `tripoll-bench-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`);
  // A wrong path is reported now and not after the run.
  mkdirSync(dirname(out), { recursive: true });
  process.exitCode = await run({ ...defaults, ...choice, extent, out }, await takeInventory());
}

async function drawFlame(name: string, { workload, out, seconds, warmup }: FlameOptions): Promise<void> {
  const { cell, driver, stacks } = await recordFlame(name, workload, { seconds, warmup }, await takeInventory());
  const file = path(out ?? `tripoll-flame-${driver}.svg`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, flameGraph(`${driver}: ${cell}`, stacks));
  print(file);
}

async function list(): Promise<void> {
  print(listText(await takeInventory()));
}

async function report(file: string, { directory }: { directory?: string }): Promise<void> {
  const folder = directory === undefined ? join(dirname(path(file)), basename(file, '.json')) : path(directory);
  mkdirSync(folder, { recursive: true });
  for (const written of await writeReport(readResults(path(file)), folder, path(file))) print(written);
}

// npm runs scripts in the folder of the package, and a user's path is relative to the folder in which npm was started.
function path(given: string): string {
  return resolve(process.env.INIT_CWD ?? '.', given);
}

function regExp(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It must be a regular expression.');
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  else {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = FAILURE;
  }
}
