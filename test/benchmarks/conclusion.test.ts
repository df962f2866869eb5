import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Measurements } from '../../benchmarks/harness/measurements.ts';
import type { Results, Sample } from '../../benchmarks/harness/results.ts';
import { conclusion } from '../../benchmarks/report/conclusion.ts';
import { fakeCells, fakeDriver, fakeResults } from '../support/bench/results.ts';

const DRIVERS = [
  fakeDriver('ours', { family: 'tripoll' }),
  fakeDriver('poll', { family: 'tripoll', mechanism: 'poll' }),
  fakeDriver('c', { family: 'C' }),
  fakeDriver('net', { family: 'node:net' }),
];

const latency = (p99: number) => ({ p50: 1, p90: 2, p99, 'p99.9': 4, 'p99.99': 5, max: 6, mean: 1, count: 1000 });

// µs of CPU a message and the 99th percentile, by cell and driver.
function results(): Results {
  const cpu = {
    'fast rate': { ours: [12, 13, 14, 13, 15], poll: [1], c: [10, 10, 10, 10, 10], net: [16, 16, 16, 16, 16] },
    'slow rate': { ours: [47, 47, 47, 47, 47], c: [20, 20, 20, 20, 20] },
    saturated: { ours: [4, 4, 4, 4, 4], c: [4, 4, 4, 4, 4], net: [8, 8, 8, 8, 8] },
  };
  const invented = fakeResults(cpu, { drivers: DRIVERS });
  const p99: Readonly<Record<string, number>> = { ours: 200, c: 150, net: 400 };
  return {
    ...invented,
    cells: [
      ...fakeCells(
        { name: 'fast rate', workload: 'fixed rate', parameters: { connections: 64, rate: 40_000 } },
        { name: 'slow rate', workload: 'fixed rate', parameters: { connections: 64, rate: 1000 } },
        { name: 'saturated', workload: 'echo', parameters: { connections: 64 } },
      ),
    ],
    samples: invented.samples.map((sample): Sample =>
      sample.cell === 'fast rate' ? { ...sample, latencyUs: latency(p99[sample.driver] ?? 1) } : sample,
    ),
    waits: [{ cell: 'saturated', driver: 'ours', messages: 1000, waits: 20, found: 940 }],
  };
}

describe('the conclusion', () => {
  it('has three sentences that are computed from the samples', () => {
    assert.deepEqual(conclusion(new Measurements(results())), [
      'At 40,000 messages a second, a message costs tripoll on epoll 13.0 (12.0–15.0) µs of CPU, 1.30× (1.20–1.50) as much as C and ' +
        '0.813× (0.750–0.938) as much as node:net; at 1,000 messages a second it costs 47.0 (47.0–47.0) µs of CPU, 2.35× (2.35–2.35) ' +
        'as much as C.',
      'At 40,000 messages a second, 99 % of the answers come within 200 (200–200) µs, 150 (150–150) µs with C, 400 (400–400) µs with ' +
        'node:net.',
      'When 64 clients send as soon as they have their answer, a message costs tripoll 4.00 (4.00–4.00) µs of CPU, 1.00× (1.00–1.00) as ' +
        'much as C and 0.500× (0.500–0.500) as much as node:net; such a saturated server amortises each wait over many events (here 47.0).',
    ]);
  });

  it('says what a run has not measured', () => {
    for (const sentence of conclusion(new Measurements({ ...results(), samples: [] })))
      assert.match(sentence, /^This run has not measured /);
    assert.equal(conclusion(new Measurements({ ...results(), cells: [] })).length, 3);
  });
});
