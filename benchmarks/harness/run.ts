import { join, parse } from 'node:path';

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
import { disturbanceTexts } from './disturbance.ts';
import { type Entry, interleave, isPartOf, nothingText, select, type Selection } from './plan.ts';
import { Progress } from './progress.ts';
import type { Cell, Results } from './results.ts';
import type { Setup } from './serve-load.ts';
import { congestionControl } from './server.ts';
import { summarize } from './summary.ts';
import { hasStrace } from './syscalls.ts';
import { compileWaits } from './waits.ts';
import { LEADING_FAMILIES } from './workload.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The options of the command line. */
export interface RunOptions {
  readonly extent: Cell['extent'];
  readonly driver?: RegExp;
  readonly workload?: RegExp;
  readonly repetitions: number;
  readonly seconds: number;
  readonly warmup: number;
  /** Decides the order of the runs. */
  readonly seed: number;
  readonly out: string;
}

/** Measures, writes the results file and prints the main table. Returns the exit code. */
export async function run(options: RunOptions, inventory: Inventory): Promise<number> {
  const { found, workloads } = inventory;
  const selection: Selection = { ...options, fdLimit: fdLimit() };
  const entries = select(workloads, found.programs, selection);
  if (entries.length === 0) throw new Error(nothingText(workloads, found, selection));
  const setup: Setup = {
    load: [compileLoad(join(sources, 'load'), cache)],
    cpus: chooseCpus(),
    window: { warmup: options.warmup, seconds: options.seconds },
  };
  const work = plan(entries, options);
  const commit = new Commit(root);
  const estimate = estimateWork(work, setup);
  const progress = new Progress(estimate, process.stderr);
  for (const warning of warnings(entries, found, options, setup)) progress.say(warning);
  progress.say(
    `${work.runs.length} runs, and ${work.traces.length + work.counts.length} runs that count; about ${durationText(estimate)}; ` +
      `seed ${options.seed}`,
  );
  const done: Done = { samples: [], replaced: [], syscalls: [], waits: [], failures: [] };
  const date = new Date().toISOString();
  const interrupted = await interruptible((signal) => execute(work, setup, done, progress, signal));
  progress.end();
  const { failures, ...measured } = done;
  const results = { ...collect(entries, options, inventory), ...commit.fact(), date, ...measured };
  writeResults(options.out, results);
  process.stdout.write(`${summarize(results)}\n\n`);
  for (const text of disturbanceTexts(results)) progress.say(text);
  for (const failure of new Set(failures)) progress.say(`FAILED ${failure}`);
  progress.say(`${interrupted ? 'interrupted; results so far' : 'raw results'}: ${options.out}`);
  return interrupted ? 130 : failures.length > 0 ? 1 : 0;
}

function plan(entries: readonly Entry[], { repetitions, seed, extent }: RunOptions): Work {
  const counts = entries
    .filter(({ cell }) => cell.countsSyscalls && extent !== 'quick')
    .flatMap(({ cell, programs }) => programs.map((program) => ({ cell, program })))
    .filter(({ program }) => extent === 'all' || LEADING_FAMILIES.includes(program.driver.family));
  return {
    runs: interleave(entries, repetitions, seed),
    traces: hasStrace() ? counts : [],
    counts,
    waitsLibrary: compileWaits(join(sources, 'waits'), cache),
  };
}

// Only what concerns the chosen drivers: the user knows what was filtered out.
function warnings(
  entries: readonly Entry[],
  { broken }: Found,
  { driver, extent }: RunOptions,
  { cpus }: Setup,
): string[] {
  const missing = new Map(entries.flatMap((entry) => entry.missing).map((each) => [each.name, each.missing]));
  const countsSyscalls = extent !== 'quick' && entries.some(({ cell }) => cell.countsSyscalls);
  return [
    ...(cpus.warning === undefined ? [] : [`WARNING: ${cpus.warning}`]),
    ...(hasStrace() || !countsSyscalls
      ? []
      : ['strace was not found, so system calls are not counted (Debian: apt install strace)']),
    // The names of its drivers are not known.
    ...broken
      .filter(({ file }) => driver?.test(parse(file).name) ?? true)
      .map(({ file, reason }) => `without ${file}: ${reason}`),
    ...[...missing].map(([name, reason]) => `without ${name}: ${reason}`),
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
  const { repetitions, seconds, warmup, extent, seed } = options;
  const chosen = new Set(
    entries.flatMap(({ programs, missing }) => [...programs.map(({ driver }) => driver), ...missing]),
  );
  const machine = describeMachine();
  return {
    version: 1,
    ...machine,
    versions: { ...machine.versions, ...found.versions },
    congestionControl: congestionControl(),
    options: { repetitions, seconds, warmup, extent, seed },
    workloads: workloads
      .filter(({ name }) => entries.some(({ cell }) => isPartOf(cell, name)))
      .map(({ name, about }) => ({ name, about })),
    cells: entries.map(({ cell, programs }) => ({ ...cell, drivers: programs.map(({ driver }) => driver.name) })),
    drivers: found.programs.map(({ driver }) => driver).filter((driver) => chosen.has(driver)),
  } satisfies Partial<Results>;
}
