import { measure } from './measure.ts';
import type { Run } from './plan.ts';
import type { Sample, SyscallCount, WaitCount } from './results.ts';
import { errorTexts, type Setup } from './serve-load.ts';
import { countSyscalls } from './syscalls.ts';
import { countWaits } from './waits.ts';
import { estimateSeconds } from './window.ts';

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

/**
 * Makes all runs one after the other. A failed run does not stop the others.
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
  const steps = [
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
  for (const { cell, program, window, execute } of steps) {
    const what = `${cell.name}: ${program.driver.name}`;
    const failures = failed.get(what) ?? 0;
    if (failures < MAX_FAILURES) {
      listener.runStarts(what, estimatedDoneSeconds);
      const errors = await execute();
      if (aborted.aborted) return;
      if (errors.length > 0) {
        failed.set(what, failures + 1);
        done.failures.push(`${what}: ${errors.join('; ')}`);
        listener.say(done.failures.at(-1)!);
      }
    }
    estimatedDoneSeconds += estimateSeconds({ cell, program }, window);
  }
}

async function sample(run: Run, setup: Setup, done: Done, aborted: AbortSignal): Promise<readonly string[]> {
  const result = await measure(run, setup);
  if (!aborted.aborted) done.samples.push(result);
  return result.errors ?? [];
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
