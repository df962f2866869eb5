import { mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { parser, seconds, wholeNumber } from '../src/cli/values.ts';
import { comparisonText } from './harness/compare-text.ts';
import { readResults } from './harness/files.ts';
import { listText, takeInventory } from './harness/inventory.ts';
import { run, type RunOptions } from './harness/run.ts';
import { writeReport } from './report/report.ts';

const EXAMPLES = `Examples:
  npm run bench -- --quick                                what matters most, in less than 3 minutes
  npm run bench                                           everything
  npm run bench -- --workload echo --driver 'epoll|net'   only these
  npm run bench -- list                                   which drivers, workloads and cells there are
  npm run bench -- report results.json                    an HTML page and a Markdown table of it
  npm run bench -- compare before.json after.json         what became faster or slower

Measure on a machine that does nothing else, and trust CPU times and ratios more than throughput.
`;
// What a run has where the command line does not say.
// A JavaScript server needs the warm-up: before its code is compiled it costs several times as much, and compiling it stops
// the thread for milliseconds. Measured: nothing changes after 1 s at full speed, and after 4 s in the 99th percentile.
const FULL = { repetitions: 5, seconds: 1, warmup: 1.5 };
const QUICK = { repetitions: 3, seconds: 0.3, warmup: 0.4 };
const FAILURE = 1;
const USAGE = 2;

type Given = Pick<RunOptions, 'driver' | 'workload'> & {
  quick: boolean;
  repetitions?: number;
  seconds?: number;
  out?: string;
};

function program(): Command {
  const bench = new Command('bench')
    .usage('[options] | list | compare BEFORE AFTER | report FILE')
    .description('Measures select, poll and epoll servers beside the event loop: drivers × workloads.')
    .addHelpText('before', EXAMPLES)
    .exitOverride()
    .option('--quick', 'fewer drivers, workloads and repetitions, shorter windows', false)
    .option('--driver <regexp>', 'only drivers whose name matches', regExp)
    .option('--workload <regexp>', 'only workloads or cells whose name matches', regExp)
    .option('--repetitions <number>', `runs of each cell (${FULL.repetitions})`, parser(wholeNumber(1, 1000)))
    .option('--seconds <number>', `the measured window of a run (${FULL.seconds})`, parser(seconds(0.01, 3600)))
    .option('--out <file>', 'the results file (tripoll-bench-DATE.json)')
    .action(measure);
  bench.command('list').description('show drivers, workloads and cells').action(list);
  bench
    .command('compare <before> <after>')
    .description('tell changes from noise, in two results files')
    .action((before: string, after: string) => {
      print(comparisonText(readResults(path(before)), readResults(path(after))));
    });
  bench
    .command('report <file>')
    .description('write an HTML page and a Markdown table into a folder named after the results file')
    .option('--directory <folder>', 'another folder')
    .action(report);
  return bench;
}

async function measure(given: Given): Promise<void> {
  const defaults = given.quick ? QUICK : FULL;
  const out = path(given.out ?? `tripoll-bench-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`);
  // Better now than after half an hour.
  mkdirSync(dirname(out), { recursive: true });
  process.exitCode = await run({ ...defaults, ...given, out }, await takeInventory());
}

async function list(): Promise<void> {
  print(listText(await takeInventory()));
}

async function report(file: string, { directory }: { directory?: string }): Promise<void> {
  const folder = directory === undefined ? join(dirname(path(file)), basename(file, '.json')) : path(directory);
  mkdirSync(folder, { recursive: true });
  for (const written of await writeReport(readResults(path(file)), folder)) print(written);
}

// npm runs scripts in the package's folder; the user means the one that npm was started in.
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
