import { isDeepStrictEqual } from 'node:util';

import type { Outcome } from '../outcome.ts';
import type { PythonProcess } from '../python-process.ts';
import type { Step } from '../scenario.ts';
import { run } from '../tripoll/runner.ts';
import { comparable } from '../versions.ts';
import type { Watchdog } from './watchdog.ts';

/** What both sides gave. */
export interface Both {
  python: Outcome[];
  tripoll: Outcome[];
}

// TCP may need a moment on loopback, and a softirq that comes late would look like a difference. Pauses everywhere
// would make the run a hundred times longer; after a difference they show whether it was one.
const PAUSE_MS = 20;
/** How often. */
export const REPEATS = 2;

/** Carries out steps on both sides; again, with pauses, where the outcomes differ. */
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

// A dup() that fails since the fd is no socket any more leaves its copy open in CPython, so that later fds have other
// numbers: docs/deviations.md has the row.
function comparableSteps(steps: Step[], outcomes: Outcome[]): number {
  const leak = steps.findIndex(
    ([path], index) => path.endsWith('.dup') && JSON.stringify(outcomes[index]).includes('"ENOTSOCK"'),
  );
  return leak < 0 ? steps.length : leak + 1;
}

/** The steps whose outcomes differ, side by side. */
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
