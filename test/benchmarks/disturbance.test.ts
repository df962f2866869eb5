import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  disturbanceBetween,
  disturbanceTexts,
  othersSeconds,
  severityOf,
  stolenSeconds,
  watchMachine,
} from '../../benchmarks/harness/disturbance.ts';
import { disturbedRuns } from '../../benchmarks/harness/execute.ts';
import type { Sample } from '../../benchmarks/harness/results.ts';
import { fakeCells, fakeDriver, fakeResults } from '../support/bench/results.ts';

const QUIET = { stolen: 0, others: 0.05 };

describe('the disturbance of a run', () => {
  it('contains the time that other virtual machines took, from /proc/stat', () => {
    assert.equal(
      stolenSeconds('cpu  2618849 25193 718512 1410938 2961 0 89712 4823 0 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n'),
      48.23,
    );
  });

  it('contains the CPU time of other processes and of their ended children', () => {
    const stat = (pid: number, name: string, ...times: number[]) =>
      `${pid} (${name}) S 1 1 1 0 -1 4194304 100 0 0 0 ${times.join(' ')} 20 0 1 0 100 0 0`;
    assert.equal(
      othersSeconds([stat(1, 'a) b', 100, 50, 25, 25), stat(7, 'own', 900, 0, 0, 0), stat(77, '(c)', 10, 0, 0, 0)], 7),
      2.1,
    );
  });

  it('is a share of one CPU and of the time between two moments', () => {
    const before = { seconds: 10, stolenSeconds: 1, othersSeconds: 5 };
    const after = { seconds: 12, stolenSeconds: 1.5, othersSeconds: 6 };
    const cpuinfo = 'cpu MHz\t\t: 2000.0\nflags\t: x\ncpu MHz\t\t: 3000.0\n';
    assert.deepEqual(disturbanceBetween(before, after, cpuinfo), { stolen: 0.25, others: 0.5, megahertz: 2500 });
    // An orphan that nobody waits for takes its time away.
    assert.deepEqual(disturbanceBetween(after, { ...after, seconds: 13, othersSeconds: 2 }, ''), {
      stolen: 0,
      others: 0,
    });
  });

  it('is measured on this machine', () => {
    const { stolen, others } = watchMachine()();
    assert.ok(stolen >= 0 && others >= 0, `${stolen}, ${others}`);
  });

  it('marks a sample above the limits, and an old one never', () => {
    assert.ok(severityOf(QUIET) < 1);
    assert.ok(severityOf({ ...QUIET, stolen: 0.03 }) > 1);
    assert.ok(severityOf({ ...QUIET, others: 0.2 }) > 1);
    assert.equal(severityOf(undefined), 0);
  });
});

describe('disturbedRuns', () => {
  const [cell] = fakeCells({});
  const runs = Array.from({ length: 20 }, (_, repetition) => ({
    cell: cell!,
    program: { driver: fakeDriver('a'), command: [] },
    repetition,
  }));
  const samples = (others: number[]): Sample[] =>
    runs.map(({ repetition }) => ({
      cell: cell!.name,
      driver: 'a',
      repetition,
      disturbance: { stolen: 0, others: others[repetition] ?? 0 },
    }));

  it('has the most disturbed runs first, and at most a tenth of all', () => {
    const repeated = disturbedRuns(runs, samples([0, 0.2, 0.05, 0.5, 0.3])).map(({ repetition }) => repetition);
    assert.deepEqual(repeated, [3, 4]);
    assert.deepEqual(disturbedRuns(runs, samples([0.09])), []);
  });
});

describe('disturbanceTexts', () => {
  it('says how many runs were disturbed and by how much, and how many were made again', () => {
    const results = fakeResults({ cell: { ours: [1, 2, 3] } });
    const [first, second, third] = results.samples as [Sample, Sample, Sample];
    const samples = [
      { ...first, disturbance: { stolen: 0.05, others: 0.3 } },
      { ...second, disturbance: QUIET },
      third,
    ];
    assert.deepEqual(disturbanceTexts(results), []);
    const [again, warning] = disturbanceTexts({ ...results, samples, replaced: [first] });
    assert.equal(again, '1 disturbed run was made again and replaced.');
    assert.match(warning!, /^WARNING: 1 of 2 runs .+ 2 % of a CPU \(at most 5 %\), .+ 10 % \(at most 30 %\)\.$/);
  });
});
