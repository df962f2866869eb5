import { measure } from './measure.ts';
import type { Run } from './plan.ts';
import type { Sample, SyscallCount, WaitCount } from './results.ts';
import { errorTexts, type Setup } from './serve-load.ts';
import { countSyscalls } from './syscalls.ts';
import { countWaits } from './waits.ts';
import { estimateSeconds } from './window.ts';

/** What is to be done. */
export interface Work {
  readonly runs: readonly Run[];
  /** One run each under strace. */
  readonly traces: readonly Count[];
  /** One run each that counts waits, by the library for LD_PRELOAD. */
  readonly counts: readonly Count[];
  readonly waitsLibrary?: string;
}

/** A run that counts. */
export type Count = Omit<Run, 'repetition'>;

/** What was done so far. */
export interface Done {
  readonly samples: Sample[];
  readonly syscalls: SyscallCount[];
  readonly waits: WaitCount[];
  /** Sentences: which cell, which driver, and what. */
  readonly failures: string[];
}

/** Is told what is going on. */
export interface Listener {
  /** A run begins; those before it were thought to take so long in all. */
  begin(what: string, estimatedDone: number): void;
  say(failure: string): void;
}

// A driver that fails twice in a cell is not run there again.
const MOST_FAILURES = 2;
const TRACED_WINDOW = { warmup: 0.1, seconds: 0.7 };
const COUNTED_WINDOW = { warmup: 1, seconds: 0.5 };

/** How long it all takes, about. */
export function estimateWork({ runs, traces, counts }: Work, setup: Setup): number {
  const seconds = [
    ...runs.map((run) => estimateSeconds(run, setup.window)),
    ...traces.map((run) => estimateSeconds(run, TRACED_WINDOW)),
    ...counts.map((run) => estimateSeconds(run, COUNTED_WINDOW)),
  ];
  return seconds.reduce((sum, each) => sum + each, 0);
}

/**
 * Carries out all runs, one after the other; one that fails does not hinder the others.
 * @param done Filled as runs end, so that what is there can be kept at any time.
 * @param aborted Ends it; what fails from then on counts for nothing.
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
    ...runs.map((run) => ({ ...run, window: setup.window, carryOut: () => sample(run, setup, done, aborted) })),
    ...traces.map((run) => ({ ...run, window: TRACED_WINDOW, carryOut: () => trace(run, traced, done) })),
    ...counts.map((run) => ({
      ...run,
      window: COUNTED_WINDOW,
      carryOut: () => count(run, waitsLibrary, counted, done),
    })),
  ];
  const failed = new Map<string, number>();
  let estimatedDone = 0;
  for (const { cell, program, window, carryOut } of steps) {
    const what = `${cell.name}: ${program.driver.name}`;
    const failures = failed.get(what) ?? 0;
    if (failures < MOST_FAILURES) {
      listener.begin(what, estimatedDone);
      const errors = await carryOut();
      if (aborted.aborted) return;
      if (errors.length > 0) {
        failed.set(what, failures + 1);
        done.failures.push(`${what}: ${errors.join('; ')}`);
        listener.say(done.failures.at(-1)!);
      }
    }
    estimatedDone += estimateSeconds({ cell, program }, window);
  }
}

async function sample(run: Run, setup: Setup, done: Done, aborted: AbortSignal): Promise<readonly string[]> {
  const result = await measure(run, setup);
  if (!aborted.aborted) done.samples.push(result);
  return result.errors ?? [];
}

function trace({ cell, program }: Count, setup: Setup, { syscalls }: Done): Promise<string[]> {
  return keeping(syscalls, 'under strace', () => countSyscalls(cell, program, setup));
}

function count({ cell, program }: Count, library: string, setup: Setup, { waits }: Done): Promise<string[]> {
  return keeping(waits, 'while its waits were counted', () => countWaits(cell, program, library, setup));
}

// Gives what went wrong.
async function keeping<T>(kept: T[], when: string, work: () => Promise<T>): Promise<string[]> {
  try {
    kept.push(await work());
    return [];
  } catch (error) {
    return errorTexts(error).map((text) => `${when}: ${text}`);
  }
}
