import { isDeepStrictEqual } from 'node:util';

import type { Outcome } from '../outcome.ts';
import type { PythonProcess } from '../python-process.ts';
import type { Step } from '../scenario.ts';
import { run } from '../tripoll/runner.ts';
import { comparable } from '../versions.ts';
import type { Watchdog } from './watchdog.ts';

/** The outcomes of both sides. */
export interface Both {
  python: Outcome[];
  tripoll: Outcome[];
}

// TCP may need a moment on loopback, and a late softirq would look like a difference. Pauses in every run would make it
// a hundred times longer; the repetition of a run that differed has pauses, and shows whether the difference is real.
const PAUSE_MS = 20;
/** How often a run that differed is repeated. */
export const REPEATS = 2;

/** Runs steps on both sides. If the outcomes differ, runs them again with pauses. */
export async function runBoth(
  steps: Step[],
  python: PythonProcess,
  watchdog: Watchdog,
  repeats = REPEATS,
): Promise<Both> {
  let both = await once(0);
  for (let repeat = 0; repeat < repeats && !isDeepStrictEqual(both.python, both.tripoll); repeat++) {
    both = await once(PAUSE_MS);
  }
  return both;

  async function once(pauseMs: number): Promise<Both> {
    const theirs = await python.run(steps, pauseMs);
    watchdog.begin(steps);
    const ours = run(steps, pauseMs);
    watchdog.end();
    const count = comparableSteps(steps, theirs);
    const both = { python: theirs.slice(0, count), tripoll: ours.slice(0, count) };
    return { python: comparable(python.version, both.python), tripoll: comparable(python.version, both.tripoll) };
  }
}

// In CPython a dup() that fails because the fd is not a socket any more leaves its copy open, so that later fds have
// other numbers: docs/deviations.md has the row.
function comparableSteps(steps: Step[], outcomes: Outcome[]): number {
  const leak = steps.findIndex(
    ([path], index) => path.endsWith('.dup') && JSON.stringify(outcomes[index]).includes('"ENOTSOCK"'),
  );
  return leak < 0 ? steps.length : leak + 1;
}

/** Lists the steps whose outcomes differ, side by side. */
export function differences(steps: Step[], { python, tripoll }: Both): string[] {
  return steps.flatMap((step, index) =>
    isDeepStrictEqual(python[index], tripoll[index])
      ? []
      : [
          `step ${index}: ${JSON.stringify(step)}`,
          `  Python:  ${JSON.stringify(python[index])}`,
          `  tripoll: ${JSON.stringify(tripoll[index])}`,
        ],
  );
}
