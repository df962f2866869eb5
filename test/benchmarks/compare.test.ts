import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { comparisonText } from '../../benchmarks/harness/compare-text.ts';
import { compare } from '../../benchmarks/harness/compare.ts';
import { summarize } from '../../benchmarks/harness/summary.ts';
import { fakeDriver, fakeResults } from '../support/bench/results.ts';

const NOISE = [1, 1.01, 0.99, 1.005, 0.995, 1.002, 0.998, 1.008];
// The same distribution, in another order and with other values.
const OTHER_NOISE = [1.009, 0.993, 1.003, 0.997, 1.006, 0.991, 1.001, 0.999];

const times = (factor: number, noise: readonly number[], repetitions = 8): number[] =>
  noise.slice(0, repetitions).map((value) => 6 * factor * value);

// The drivers by their names, and the CPU times of their repetitions.
type Cells = Parameters<typeof fakeResults>[0];
const results = (cells: Cells) =>
  fakeResults(cells, { drivers: ['ours', 'c', 'net'].map((name) => fakeDriver(name, { family: FAMILIES[name]! })) });
const FAMILIES: Readonly<Record<string, string>> = { ours: 'tripoll', c: 'C', net: 'node:net' };

const verdicts = (before: number[], after: number[]): [string, boolean][] =>
  compare(results({ cell: { ours: before } }), results({ cell: { ours: after } })).map(({ verdict, isRelative }) => [
    verdict,
    isRelative,
  ]);

describe('compare', () => {
  it('says that noise of 1 % is the same', () => {
    assert.deepEqual(verdicts(times(1, NOISE), times(1, OTHER_NOISE)), [['the same', false]]);
  });

  it('finds 10 % more CPU time in small noise, and 10 % less', () => {
    assert.deepEqual(verdicts(times(1, NOISE, 5), times(1.1, OTHER_NOISE, 5)), [['slower', false]]);
    assert.deepEqual(verdicts(times(1.1, NOISE, 5), times(1, OTHER_NOISE, 5)), [['faster', false]]);
  });

  it('cannot tell 10 % in noise of 30 %', () => {
    const wide = [0.7, 0.85, 1, 1.15, 1.3];
    assert.deepEqual(verdicts(times(1, wide), times(1.1, wide)), [['cannot tell', false]]);
    assert.deepEqual(verdicts(times(1, wide), times(1, wide)), [['cannot tell', false]]);
  });

  it('says that a certain change of 1 % is the same within 2 %', () => {
    const narrow = [1, 1.0001, 1.0002, 1.0003, 1.0004, 1.0005, 1.0006, 1.0007];
    const [found] = compare(
      results({ cell: { ours: times(1, narrow) } }),
      results({ cell: { ours: times(1.01, narrow) } }),
    );
    assert.equal(found?.verdict, 'the same');
    assert.ok(found.share > 0.01 && found.share < 0.012, String(found.share));
  });

  it('cannot tell anything from one repetition', () => {
    assert.deepEqual(verdicts([6], [9]), [['cannot tell', false]]);
  });

  it('does not blame a driver for an hour in which the machine is slow', () => {
    const at = (factor: number, ours: number, noise: number[]) =>
      results({ cell: { ours: times(factor * ours, noise), c: times(factor, noise), net: times(2 * factor, noise) } });
    const [before, slowHour] = [at(1, 1, NOISE), at(1.2, 1, OTHER_NOISE)];
    assert.deepEqual(
      compare(before, slowHour).map(({ driver, verdict, isRelative }) => [driver, verdict, isRelative]),
      [
        ['ours', 'the same', true],
        ['c', 'the same', true],
        ['net', 'the same', true],
      ],
    );
    const [ours, ...others] = compare(before, at(1.2, 1.1, OTHER_NOISE));
    assert.equal(ours?.verdict, 'slower');
    assert.ok(Math.abs(ours.share - 0.1) < 0.02, String(ours.share));
    assert.ok(others.every(({ verdict }) => verdict === 'the same'));
  });

  it('finds a change and no other one among 100 cells', () => {
    const cells = (factor: number, shift: number): Cells =>
      Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => {
          const noise = [...NOISE.slice((i + shift) % 8), ...NOISE.slice(0, (i + shift) % 8)];
          return [`cell ${i}`, { ours: times(i === 0 ? factor : 1, i % 2 === 0 ? noise : OTHER_NOISE) }];
        }),
      );
    const [first, ...others] = compare(results(cells(1, 0)), results(cells(1.1, 3)));
    assert.equal(first?.verdict, 'slower');
    assert.deepEqual([...new Set(others.map(({ verdict }) => verdict))], ['the same']);
    assert.ok(others.every(({ doOverlap }) => doOverlap));
  });

  it('ignores cells and drivers that only one file has', () => {
    const before = fakeResults({ one: { ours: [1, 2] }, two: { ours: [1, 2], theirs: [1, 2] } });
    const after = fakeResults({ two: { ours: [1, 2] }, three: { ours: [1, 2] } });
    assert.deepEqual(
      compare(before, after).map(({ cell, driver }) => [cell, driver]),
      [['two', 'ours']],
    );
    assert.match(comparisonText(before, after), /Only before: one\n\nOnly after: three/);
  });
});

describe('comparisonText', () => {
  it('first says that the machine or a version differs', () => {
    const before = fakeResults({ cell: { ours: times(1, NOISE) } });
    const after = { ...before, versions: { node: '24.0.0', uvloop: '0.21' } };
    const text = comparisonText(before, after);
    assert.match(
      text,
      /^WARNING: [^\n]+\n {2}node: 20.19.0 before, 24.0.0 after\n {2}uvloop: absent before, 0.21 after\n/,
    );
    assert.match(comparisonText(before, before), /^Same machine, versions and limits\./);
  });

  it('shows each verdict with its interval, changes first, and counts them', () => {
    const wide = [0.7, 0.85, 1, 1.15, 1.3, 0.9, 1.1, 1.05];
    const before = results({ a: { ours: times(1, NOISE) }, b: { ours: times(1, NOISE) }, c: { ours: times(1, wide) } });
    const after = results({
      a: { ours: times(1, OTHER_NOISE) },
      b: { ours: times(1.1, NOISE) },
      c: { ours: times(1, wide) },
    });
    const text = comparisonText(before, after);
    assert.match(text, /^b +ours +Server CPU, µs a message +6\.01 +6\.61 +1\.100\* +1\.\d+–1\.\d+ +slower by 10 %$/m);
    assert.match(text, /^a +ours .+ the same within [12] %$/m);
    assert.match(text, /slower by[^]+cannot tell\n[^]+the same within/);
    assert.match(
      text,
      /^3 comparisons: 1 slower, 0 faster, 1 that the samples cannot tell, 1 the same\. The intervals before and after overlap in 2 of them\.$/m,
    );
    assert.match(text, /^\* No other program/m);
  });
});

describe('summarize', () => {
  it('divides within a repetition, by C with the same mechanism and by node:net', () => {
    const invented = fakeResults(
      { cell: { ours: [4, 6, 5], c: [2, 2, 5], poll: [1, 1, 1], net: [8, 8, 8] } },
      {
        drivers: [
          fakeDriver('ours', { family: 'tripoll' }),
          fakeDriver('poll', { family: 'C', mechanism: 'poll' }),
          fakeDriver('c', { family: 'C' }),
          fakeDriver('net', { family: 'node:net' }),
        ],
      },
    );
    const text = summarize(invented);
    assert.match(text, /^ {2}ours +5\.00 \(4\.00–6\.00\) +– +– +2\.00× \(1\.00–3\.00\) +0\.625× \(0\.500–0\.750\)$/m);
    assert.match(text, /^ {2}net +8\.00 \(8\.00–8\.00\) +– +– +4\.00× \(1\.60–4\.00\)$/m);
  });

  it('shows user and system time, and marks load-limited samples and servers that do not keep up', () => {
    const few = fakeResults({ cell: { ours: [4], theirs: [5], others: [6] } });
    const [ours, theirs, others] = few.samples;
    const text = summarize({
      ...few,
      cells: few.cells.map((cell) => ({ ...cell, parameters: { rate: 1000 } })),
      samples: [
        { ...ours!, userMicrosecondsPerMessage: 1, systemMicrosecondsPerMessage: 3, limitedByLoad: true },
        { ...theirs!, limitedByLoad: true, unanswered: 1 },
        { ...others!, messagesPerSecond: 999 },
      ],
    });
    assert.match(text, /^cell +Server CPU, µs a message +Latency p99, µs +User, µs a message +System, µs a message/m);
    assert.match(text, /^ {2}ours † +4\.00 +– +1\.00 +3\.00$/m);
    assert.match(text, /^ {2}theirs †‡ +5\.00 +– +– +–$/m);
    assert.match(text, /^ {2}others +6\.00 +– +– +–$/m);
    assert.match(text, /^† [^\n]+\n\n‡ [^\n]+$/m);
    assert.doesNotMatch(summarize(few), /[†‡]/);
  });
});
