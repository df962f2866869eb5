import { estimateSeconds } from './estimate.ts';
import { measure, type Run } from './measure.ts';
import type { Sample, SyscallCount } from './results.ts';
import { errorTexts, type Setup } from './serve-load.ts';
import { countSyscalls } from './syscalls.ts';

/** What is to be done. */
export interface Work {
  readonly runs: readonly Run[];
  /** One run each under strace. */
  readonly traces: readonly Trace[];
}

/** A run under strace. */
export type Trace = Omit<Run, 'repetition'>;

/** What was done so far. */
export interface Done {
  readonly samples: Sample[];
  readonly syscalls: SyscallCount[];
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

/** How long it all takes, about. */
export function estimateWork({ runs, traces }: Work, setup: Setup): number {
  const seconds = [
    ...runs.map(({ cell }) => estimateSeconds(cell, setup.window)),
    ...traces.map(({ cell }) => estimateSeconds(cell, TRACED_WINDOW)),
  ];
  return seconds.reduce((sum, each) => sum + each, 0);
}

/**
 * Carries out all runs, one after the other; one that fails does not hinder the others.
 * @param done Filled as runs end, so that what is there can be kept at any time.
 * @param aborted Ends it; what fails from then on counts for nothing.
 */
export async function execute(
  { runs, traces }: Work,
  setup: Setup,
  done: Done,
  listener: Listener,
  aborted: AbortSignal,
): Promise<void> {
  const traced = { ...setup, window: TRACED_WINDOW };
  const steps = [
    ...runs.map((run) => ({ ...run, window: setup.window, carryOut: () => sample(run, setup, done, aborted) })),
    ...traces.map((run) => ({ ...run, window: TRACED_WINDOW, carryOut: () => trace(run, traced, done) })),
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
    estimatedDone += estimateSeconds(cell, window);
  }
}

async function sample(run: Run, setup: Setup, done: Done, aborted: AbortSignal): Promise<readonly string[]> {
  const result = await measure(run, setup);
  if (!aborted.aborted) done.samples.push(result);
  return result.errors ?? [];
}

async function trace({ cell, program }: Trace, setup: Setup, { syscalls }: Done): Promise<string[]> {
  try {
    syscalls.push(await countSyscalls(cell, program, setup));
    return [];
  } catch (error) {
    return errorTexts(error).map((text) => `under strace: ${text}`);
  }
}
