import { severityOf } from './disturbance.ts';
import { measure } from './measure.ts';
import type { Run } from './plan.ts';
import type { Sample, SyscallCount, WaitCount } from './results.ts';
import { errorTexts, type Setup } from './serve-load.ts';
import { countSyscalls } from './syscalls.ts';
import { countWaits } from './waits.ts';
import { estimateSeconds, type Window } from './window.ts';

export interface Work {
  readonly runs: readonly Run[];
  /** Runs under strace. */
  readonly traces: readonly Count[];
  /** Runs that count waits with the library for LD_PRELOAD. */
  readonly counts: readonly Count[];
  readonly waitsLibrary?: string;
}

/** A run that counts system calls or waits. */
export type Count = Omit<Run, 'repetition'>;

/** The results so far. */
export interface Done {
  readonly samples: Sample[];
  /** Samples of disturbed runs that were made again. */
  readonly replaced: Sample[];
  readonly syscalls: SyscallCount[];
  readonly waits: WaitCount[];
  /** Sentences with the cell, the driver and the error. */
  readonly failures: string[];
}

export interface Listener {
  /** A run starts. `estimatedDoneSeconds` is the estimated time of all runs before it. */
  runStarts(what: string, estimatedDoneSeconds: number): void;
  say(text: string): void;
}

// At most this share of the runs is made again, so that a busy machine does not make a run much longer.
const MAX_REPEATED = 0.1;
// After this many failures, a driver is not run again in the cell.
const MAX_FAILURES = 2;
const TRACED_WINDOW = { warmup: 0.1, seconds: 0.7 };
const COUNTED_WINDOW = { warmup: 1, seconds: 0.5 };

/** About how long all runs take, in seconds. */
export function estimateWork({ runs, traces, counts }: Work, setup: Setup): number {
  const seconds = [
    ...runs.map((run) => estimateSeconds(run, setup.window)),
    ...traces.map((run) => estimateSeconds(run, TRACED_WINDOW)),
    ...counts.map((run) => estimateSeconds(run, COUNTED_WINDOW)),
  ];
  return seconds.reduce((sum, each) => sum + each, 0);
}

/** One run and what to do with it. */
interface Step extends Count {
  readonly window: Window;
  /** Returns the errors. */
  readonly execute: () => Promise<readonly string[]>;
}

/**
 * Makes all runs one after the other. A failed run does not stop the others. The most disturbed runs are made again at the end.
 * @param done Gets each result when its run ends, so that an interrupted run has results, too.
 * @param aborted Ends the execution; failures after that are ignored.
 */
export async function execute(
  { runs, traces, counts, waitsLibrary = '' }: Work,
  setup: Setup,
  done: Done,
  listener: Listener,
  aborted: AbortSignal,
): Promise<void> {
  const traced = { ...setup, window: TRACED_WINDOW };
  const counted = { ...setup, window: COUNTED_WINDOW };
  const steps: Step[] = [
    ...runs.map((run) => ({ ...run, window: setup.window, execute: () => sample(run, setup, done, aborted) })),
    ...traces.map((run) => ({ ...run, window: TRACED_WINDOW, execute: () => trace(run, traced, done) })),
    ...counts.map((run) => ({
      ...run,
      window: COUNTED_WINDOW,
      execute: () => count(run, waitsLibrary, counted, done),
    })),
  ];
  const failed = new Map<string, number>();
  let estimatedDoneSeconds = 0;
  const perform = async ({ cell, program, execute }: Step, prefix = ''): Promise<void> => {
    const what = `${cell.name}: ${program.driver.name}`;
    const failures = failed.get(what) ?? 0;
    if (failures >= MAX_FAILURES) return;
    listener.runStarts(`${prefix}${what}`, estimatedDoneSeconds);
    const errors = await execute();
    if (aborted.aborted || errors.length === 0) return;
    failed.set(what, failures + 1);
    done.failures.push(`${what}: ${errors.join('; ')}`);
    listener.say(done.failures.at(-1)!);
  };
  for (const step of steps) {
    if (aborted.aborted) return;
    await perform(step);
    estimatedDoneSeconds += estimateSeconds(step, step.window);
  }
  for (const run of disturbedRuns(runs, done.samples)) {
    if (aborted.aborted) return;
    const again = () => repeat(run, setup, done, aborted);
    await perform({ ...run, window: setup.window, execute: again }, 'again, because it was disturbed: ');
  }
}

/** The runs to make again, the most disturbed ones first. */
export function disturbedRuns(runs: readonly Run[], samples: readonly Sample[]): Run[] {
  return runs
    .map((run) => ({ run, severity: severityOf(samples.find((sample) => isOf(sample, run))?.disturbance) }))
    .filter(({ severity }) => severity > 1)
    .sort((a, b) => b.severity - a.severity)
    .slice(0, Math.ceil(runs.length * MAX_REPEATED))
    .map(({ run }) => run);
}

function isOf({ cell, driver, repetition }: Sample, run: Run): boolean {
  return cell === run.cell.name && driver === run.program.driver.name && repetition === run.repetition;
}

async function sample(run: Run, setup: Setup, done: Done, aborted: AbortSignal): Promise<readonly string[]> {
  const result = await measure(run, setup);
  if (!aborted.aborted) done.samples.push(result);
  return result.errors ?? [];
}

// The less disturbed one of two samples stays; their figures have no influence on that.
async function repeat(run: Run, setup: Setup, done: Done, aborted: AbortSignal): Promise<readonly string[]> {
  const second = await measure(run, setup);
  const at = done.samples.findIndex((first) => isOf(first, run));
  const isBetter = severityOf(second.disturbance) < severityOf(done.samples[at]!.disturbance);
  if (!second.errors && isBetter && !aborted.aborted) done.replaced.push(...done.samples.splice(at, 1, second));
  return second.errors ?? [];
}

function trace({ cell, program }: Count, setup: Setup, { syscalls }: Done): Promise<string[]> {
  return keepResult(syscalls, 'under strace', () => countSyscalls(cell, program, setup));
}

function count({ cell, program }: Count, library: string, setup: Setup, { waits }: Done): Promise<string[]> {
  return keepResult(waits, 'while its waits were counted', () => countWaits(cell, program, library, setup));
}

// Returns the errors.
async function keepResult<T>(kept: T[], when: string, work: () => Promise<T>): Promise<string[]> {
  try {
    kept.push(await work());
    return [];
  } catch (error) {
    return errorTexts(error).map((text) => `${when}: ${text}`);
  }
}
