import { loadavg } from 'node:os';
import { join } from 'node:path';

import { killAll } from './child.ts';
import { Commit } from './commit.ts';
import type { Found } from './drivers.ts';
import { durationText } from './numbers.ts';
import { type Done, estimateWork, execute, type Work } from './execute.ts';
import { writeResults } from './files.ts';
import type { Inventory } from './inventory.ts';
import { compileLoad } from './load.ts';
import { chooseCpus, describeMachine, fdLimit } from './machine.ts';
import { cache, root, sources } from './paths.ts';
import { type Entry, interleave, select, type Selection } from './plan.ts';
import { Progress } from './progress.ts';
import type { Results } from './results.ts';
import type { Setup } from './serve-load.ts';
import { congestionControl } from './server.ts';
import { summarize } from './summary.ts';
import { hasStrace } from './syscalls.ts';
import { compileWaits } from './waits.ts';

const BUSY_LOAD_AVERAGE = 0.7;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The options of the command line. */
export interface RunOptions {
  readonly quick: boolean;
  readonly driver?: RegExp;
  readonly workload?: RegExp;
  readonly repetitions: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly out: string;
}

/** Measures, writes the results file and prints the main table. Returns the exit code. */
export async function run(options: RunOptions, inventory: Inventory): Promise<number> {
  const { found, workloads } = inventory;
  const entries = select(workloads, found.programs, { ...options, fdLimit: fdLimit() } satisfies Selection);
  if (entries.length === 0)
    throw new Error('there is nothing to measure; `npm run bench -- list` shows all drivers and workloads');
  const { repetitions, seconds, warmup } = options;
  const setup: Setup = {
    load: [compileLoad(join(sources, 'load'), cache)],
    cpus: chooseCpus(),
    window: { warmup, seconds },
  };
  const work = plan(entries, repetitions, options.quick);
  const commit = new Commit(root);
  const estimate = estimateWork(work, setup);
  const progress = new Progress(estimate, process.stderr);
  for (const warning of warnings(found, setup)) progress.say(warning);
  progress.say(
    `${work.runs.length} runs, and ${work.traces.length + work.counts.length} runs that count; about ${durationText(estimate)}`,
  );
  const done: Done = { samples: [], syscalls: [], waits: [], failures: [] };
  const date = new Date().toISOString();
  const interrupted = await interruptible((signal) => execute(work, setup, done, progress, signal));
  progress.end();
  const { samples, syscalls, waits } = done;
  const results = { ...collect(entries, options, inventory), ...commit.fact(), date, samples, syscalls, waits };
  writeResults(options.out, results);
  process.stdout.write(`${summarize(results)}\n\n`);
  for (const failure of new Set(done.failures)) progress.say(`FAILED ${failure}`);
  progress.say(`${interrupted ? 'interrupted; results so far' : 'raw results'}: ${options.out}`);
  return interrupted ? 130 : done.failures.length > 0 ? 1 : 0;
}

function plan(entries: readonly Entry[], repetitions: number, quick: boolean): Work {
  const counts = entries
    .filter(({ cell }) => cell.countsSyscalls && !quick)
    .flatMap(({ cell, programs }) => programs.map((program) => ({ cell, program })));
  return {
    runs: interleave(entries, repetitions),
    traces: hasStrace() ? counts : [],
    counts,
    waitsLibrary: compileWaits(join(sources, 'waits'), cache),
  };
}

function warnings({ programs, broken }: Found, { cpus }: Setup): string[] {
  const [load = 0] = loadavg();
  return [
    ...(cpus.warning === undefined ? [] : [`WARNING: ${cpus.warning}`]),
    ...(load > BUSY_LOAD_AVERAGE
      ? [`WARNING: the machine is busy (load average ${load.toFixed(1)}): the figures will be noisy`]
      : []),
    ...(hasStrace() ? [] : ['strace was not found, so system calls are not counted (Debian: apt install strace)']),
    ...broken.map(({ file, reason }) => `without ${file}: ${reason}`),
    ...programs.flatMap(({ driver: { name, missing } }) =>
      missing === undefined ? [] : [`without ${name}: ${missing}`],
    ),
  ];
}

// Returns whether a signal ended the work.
async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const ending = new AbortController();
  const interrupt = (): void => {
    ending.abort();
    killAll();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    await work(ending.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
  return ending.signal.aborted;
}

function collect(entries: readonly Entry[], options: RunOptions, { found, workloads }: Inventory) {
  const { repetitions, seconds, warmup, quick } = options;
  const measured = new Set(entries.flatMap(({ programs }) => programs));
  const drivers = found.programs.filter((program) => measured.has(program) || program.driver.missing !== undefined);
  const machine = describeMachine();
  return {
    version: 1,
    ...machine,
    versions: { ...machine.versions, ...found.versions },
    congestionControl: congestionControl(),
    options: { repetitions, seconds, warmup, quick },
    workloads: workloads
      .filter(({ name }) => entries.some(({ cell }) => cell.workload === name))
      .map(({ name, about }) => ({ name, about })),
    cells: entries.map(({ cell }) => cell),
    drivers: drivers.map(({ driver }) => driver),
  } satisfies Partial<Results>;
}
