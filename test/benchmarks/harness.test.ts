import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Child } from '../../benchmarks/harness/child.ts';
import { findDrivers } from '../../benchmarks/harness/drivers.ts';
import { durationText } from '../../benchmarks/harness/numbers.ts';
import { type Done, execute, type Work } from '../../benchmarks/harness/execute.ts';
import { listText } from '../../benchmarks/harness/inventory.ts';
import { loadArguments } from '../../benchmarks/harness/load.ts';
import { allowedCpus } from '../../benchmarks/harness/machine.ts';
import { Progress } from '../../benchmarks/harness/progress.ts';
import type { Cell, Sample } from '../../benchmarks/harness/results.ts';
import { parseSummary } from '../../benchmarks/harness/syscalls.ts';
import { windowOf } from '../../benchmarks/harness/window.ts';
import { load } from '../../benchmarks/harness/workload.ts';
import { dist, root } from '../support/child.ts';
import { fakeCells, fakeDriver } from '../support/bench/results.ts';

describe('execute', () => {
  const folder = 'test/support/bench';
  const found = findDrivers(join(root, folder, 'drivers'), join(dist, folder, 'drivers'), join(dist, 'unused'));
  const [lines, call] = fakeCells(
    { name: 'lines', role: 'lines', load: load('stream', { messages: 1000 }) },
    { name: 'call', role: 'call', kind: 'call', load: ['r', '10'] },
  ) as [Cell, Cell];

  // `others` has the disturbances of the runs, in their order.
  const executed = async (
    cell: Cell,
    drivers: string[],
    repetitions = 1,
    { aborted = new AbortController(), others = [] as number[] } = {},
  ) => {
    const { programs } = await found;
    const chosen = drivers.map((name) => programs.find(({ driver }) => driver.name === name)!);
    const done: Done = { samples: [], replaced: [], syscalls: [], waits: [], failures: [] };
    const repeated = Array.from({ length: repetitions }, (_, repetition) => repetition);
    const runs = repeated.flatMap((repetition) => chosen.map((each) => ({ cell, program: each, repetition })));
    const work: Work = { runs, traces: [], counts: [] };
    const setup = {
      load: [process.execPath, join(dist, folder, 'load.js')],
      cpus: {},
      window: { warmup: 0, seconds: 0.01 },
      watch: () => {
        const disturbance = { stolen: 0, others: others.shift() ?? 0 };
        return () => disturbance;
      },
    };
    const said: string[] = [];
    await execute(work, setup, done, { runStarts: (what) => said.push(what), say: () => undefined }, aborted.signal);
    return { ...done, said };
  };

  it('returns the figures of each run', async () => {
    const { samples, failures, said } = await executed(lines, ['honest'], 2);
    assert.deepEqual(failures, []);
    assert.deepEqual(said, ['lines: honest', 'lines: honest']);
    const figures = { seconds: 0.5, messages: 10, messagesPerSecond: 20, cpuMicrosecondsPerMessage: 10_000 };
    const parts = { userMicrosecondsPerMessage: 4000, systemMicrosecondsPerMessage: 6000 };
    const expected = { ...figures, ...parts, serverBusy: 0.2, loadBusy: 0.8, limitedByLoad: false, turns: 7 };
    assert.deepEqual(
      samples,
      [0, 1].map((repetition) => ({
        cell: 'lines',
        driver: 'honest',
        repetition,
        ...expected,
        disturbance: { stolen: 0, others: 0 },
      })),
    );
  });

  it('makes the most disturbed run again at the end, and keeps the less disturbed sample', async () => {
    const better = await executed(lines, ['honest'], 2, { others: [0.4, 0.2, 0.05] });
    assert.deepEqual(better.said, ['lines: honest', 'lines: honest', 'again, because it was disturbed: lines: honest']);
    const summary = ({ repetition, disturbance }: Sample) => [repetition, disturbance!.others];
    assert.deepEqual(better.samples.map(summary), [
      [0, 0.05],
      [1, 0.2],
    ]);
    assert.deepEqual(better.replaced.map(summary), [[0, 0.4]]);
    const worse = await executed(lines, ['honest'], 1, { others: [0.4, 0.5] });
    assert.deepEqual([worse.samples.map(summary), worse.replaced], [[[0, 0.4]], []]);
  });

  it('reports a driver with wrong counters, and keeps none of its figures', async () => {
    const { samples, failures } = await executed(lines, ['liar', 'honest']);
    assert.deepEqual(failures, ['lines: liar: messages: the load sent 10, the server counted 11']);
    const [liar, honest] = samples;
    assert.deepEqual(Object.keys(liar!), ['cell', 'driver', 'repetition', 'errors']);
    assert.equal(honest?.messages, 10);
  });

  it('shows the last output of a driver that dies, and goes on with the others', async () => {
    const { samples, failures } = await executed(lines, ['mortal', 'late', 'mute', 'honest']);
    assert.deepEqual(failures, [
      'lines: mortal: mortal ended with exit code 1:\nthis machine is not mine',
      'lines: late: late ended with exit code 3',
      'lines: mute: mute printed no counters when it ended',
    ]);
    assert.equal(samples.at(-1)?.errors, undefined);
  });

  it('does not run a driver again that failed twice', async () => {
    const { samples, failures } = await executed(lines, ['mortal', 'honest'], 3);
    assert.equal(failures.length, 2);
    assert.equal(samples.filter(({ driver }) => driver === 'honest').length, 3);
    assert.equal(samples.filter(({ driver }) => driver === 'mortal').length, 2);
  });

  it('asks a driver for the cost of a call', async () => {
    const { samples } = await executed(call, ['honest']);
    assert.equal(samples.length, 1);
    assert.equal(samples[0]?.cpuMicrosecondsPerCall, 1.5);
  });

  it('does nothing once it is aborted', async () => {
    const aborted = new AbortController();
    aborted.abort();
    assert.deepEqual((await executed(lines, ['honest'], 1, { aborted })).samples, []);
  });

  it('lists a missing driver with the reason', async () => {
    const text = listText({ found: await found, workloads: [] });
    assert.match(text, /^ {2}absent +cannot run: it was never there$/m);
    assert.match(text, /^ {2}honest +lines, call$/m);
  });

  it('returns the versions that a driver reports', async () => {
    assert.deepEqual((await found).versions, { fake: '1.2' });
  });

  it('lists a failed program with its output', async () => {
    const { broken, programs } = await findDrivers(join(root, folder), join(dist, folder), join(dist, 'unused'));
    assert.deepEqual(programs, []);
    assert.deepEqual(
      broken.map(({ file }) => file),
      ['load.ts', 'results.ts'],
    );
    assert.match(broken[0]!.reason, /^load\.ts ended with exit code 1:/);
  });
});

describe('a program that is not installed', () => {
  it('is named with the package that has it', async () => {
    const ended = (command: string[]) => new Child(command, { name: 'a driver' }).output(5000);
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      await assert.rejects(ended(['python3', '--version']), {
        message: 'a driver needs python3, which was not found (Debian: apt install python3)',
      });
      await assert.rejects(ended(['tripoll-absent']), {
        message: 'a driver needs tripoll-absent, which was not found',
      });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('loadArguments', () => {
  it('adds the window, or multiplies the number of messages a second', () => {
    const window = { warmup: 0.1, seconds: 0.5 };
    assert.deepEqual(loadArguments(['echo'], window), ['echo', '--warmup', '0.1', '--seconds', '0.5']);
    const args = load('stream', { messages: 1001, batch: 16 });
    assert.deepEqual(loadArguments(args, window), ['stream', '--messages', '501', '--batch', '16', '--warmup', '0.1']);
  });
});

describe('windowOf', () => {
  const window = { warmup: 2, seconds: 1 };
  const [cell] = fakeCells({});
  const driver = fakeDriver('c');

  it('is the whole warm-up for drivers that are compiled while they run', () => {
    assert.deepEqual(windowOf(cell!, { ...driver, justInTime: true }, window), window);
    assert.deepEqual(windowOf(cell!, driver, window), { warmup: 0.25, seconds: 1 });
    assert.deepEqual(windowOf(cell!, driver, { warmup: 0.1, seconds: 1 }), { warmup: 0.1, seconds: 1 });
  });

  it('has a longer warm-up and window when the cell needs them', () => {
    const long = { ...cell!, stretch: 3 };
    assert.deepEqual(windowOf(long, { ...driver, justInTime: true }, window), { warmup: 6, seconds: 3 });
    assert.deepEqual(windowOf(long, driver, window), { warmup: 0.25, seconds: 3 });
  });
});

describe('parseSummary', () => {
  it("reads strace's table, with and without errors", () => {
    const table = `strace: Process 7 attached with 2 threads
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.52    0.001234           1      1000           sendto
 38.48    0.000772           1       900       100 recvfrom
------ ----------- ----------- --------- --------- ----------------
100.00    0.002006           1      1900       100 total
`;
    assert.deepEqual(parseSummary(table), { sendto: 1000, recvfrom: 900 });
  });
});

describe('allowedCpus', () => {
  it("reads the kernel's lists of CPUs", () => {
    assert.deepEqual(allowedCpus('0-2,5,7-8'), [0, 1, 2, 5, 7, 8]);
    assert.deepEqual(allowedCpus('3'), [3]);
  });
});

describe('Progress', () => {
  const written = (isTTY: boolean): string => {
    let text = '';
    const progress = new Progress(200, { isTTY, columns: 60, write: (more: string) => (text += more) });
    progress.runStarts('cell: driver', 0);
    progress.runStarts('cell: another', 2);
    progress.say('it failed');
    return text;
  };

  it('shows the progress and the remaining time on one line of a terminal', () => {
    assert.equal(
      written(true),
      '\r\x1b[Kbench: 0 %, 3 min left: cell: driver\r\x1b[Kbench: 1 %, 3 min left: cell: another\r\x1b[Kbench: it failed\n',
    );
  });

  it('shows them from time to time when the output is not a terminal', () => {
    assert.equal(written(false), 'bench: 0 %, 3 min left: cell: driver\nbench: it failed\n');
  });

  it('shows durations in words', () => {
    assert.deepEqual([0.2, 99, 150, 2700].map(durationText), ['1 s', '99 s', '3 min', '45 min']);
  });
});
