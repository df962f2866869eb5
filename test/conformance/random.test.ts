/**
 * Runs random scenarios on tripoll and in Python. TRIPOLL_RANDOM_RUNS sets their number, TRIPOLL_SEED repeats a run
 * that failed: `npm run differential -- --runs 100000 --seed 1`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import { isLongRun } from '../support/long-run.ts';
import { skipWithout } from '../support/programs.ts';
import { PythonProcess } from './python-process.ts';
import { differences, REPEATS, runBoth } from './random/compare.ts';
import { randomScenario } from './random/moves.ts';
import { Statistics } from './random/statistics.ts';
import { Watchdog } from './random/watchdog.ts';
import type { Step } from './scenario.ts';
import { occupyLowFds } from './tripoll/fd-range.ts';

const DEFAULT_RUNS = isLongRun ? 4000 : 500;
// With at least this many runs, each move occurs with near certainty.
const ENOUGH_RUNS = 500;

const runs = Number(process.env.TRIPOLL_RANDOM_RUNS ?? DEFAULT_RUNS);
const seed = Number(process.env.TRIPOLL_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe('random scenarios', { skip: skipWithout('python3') }, () => {
  let python: PythonProcess;
  let watchdog: Watchdog;
  const statistics = new Statistics();

  // These processes start first, so that their fds are not among those of the scenarios.
  before(async () => {
    python = await PythonProcess.start();
    watchdog = await Watchdog.start();
    occupyLowFds();
  });

  after(async () => {
    python[Symbol.dispose]();
    await watchdog.stop();
  });

  it('give the same on tripoll and in Python', async (t) => {
    t.diagnostic(`Python ${python.version}, TRIPOLL_SEED=${seed} TRIPOLL_RANDOM_RUNS=${runs}`);
    // After the first difference thousands of smaller scenarios follow, and these run without pauses.
    let isShrinking = false;
    const property = fc.asyncProperty(randomScenario, async (scenario) => {
      const both = await runBoth(scenario.steps, python, watchdog, isShrinking ? 0 : REPEATS);
      if (!isShrinking) statistics.add(scenario, both.tripoll);
      const isSame = isDeepStrictEqual(both.python, both.tripoll);
      isShrinking ||= !isSame;
      return isSame;
    });
    const { failed, counterexample, counterexamplePath } = await fc.check(property, {
      seed,
      numRuns: runs,
      endOnFailure: false,
    });
    t.diagnostic(statistics.toString());
    if (failed && counterexample !== null) {
      assert.fail(await report(counterexample[0].steps, counterexamplePath));
    }
  });

  it('reach each kind of step', { skip: runs < ENOUGH_RUNS && `needs ${ENOUGH_RUNS} runs` }, () => {
    const missing = [...statistics.moves].filter(([, count]) => count === 0);
    assert.deepEqual(missing, []);
    assert.ok(statistics.waitsThatFound > statistics.scenarios / 10);
  });

  async function report(steps: Step[], path: string): Promise<string> {
    const both = await runBoth(steps, python, watchdog);
    const checks = steps.map((step, index) => [step, both.python[index]]);
    return [
      `tripoll and Python ${python.version} differ: TRIPOLL_SEED=${seed}, path ${path}`,
      ...differences(steps, both),
      'for test/conformance/scenarios/regressions.ts:',
      `{ name: '', checks: ${JSON.stringify(checks)} },`,
    ].join('\n');
  }
});
