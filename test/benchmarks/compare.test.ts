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

const verdicts = (before: number[], after: number[]): string[] =>
  compare(fakeResults({ cell: { ours: before } }), fakeResults({ cell: { ours: after } })).map(
    ({ verdict }) => verdict,
  );

describe('compare', () => {
  it('finds no change in noise', () => {
    assert.deepEqual(verdicts(times(1, NOISE), times(1, OTHER_NOISE)), ['no change']);
  });

  it('finds 10 % more CPU time in small noise, and 10 % less', () => {
    assert.deepEqual(verdicts(times(1, NOISE, 5), times(1.1, OTHER_NOISE, 5)), ['slower']);
    assert.deepEqual(verdicts(times(1.1, NOISE, 5), times(1, OTHER_NOISE, 5)), ['faster']);
  });

  it('does not find 10 % in noise of 30 %', () => {
    const wide = [0.7, 0.85, 1, 1.15, 1.3];
    assert.deepEqual(verdicts(times(1, wide), times(1.1, wide)), ['no change']);
  });

  it('ignores a certain change of 1 %', () => {
    const narrow = [1, 1.0001, 1.0002, 1.0003, 1.0004, 1.0005, 1.0006, 1.0007];
    assert.deepEqual(verdicts(times(1, narrow), times(1.01, narrow)), ['no change']);
  });

  it('finds no change with three repetitions, which are too few', () => {
    assert.deepEqual(verdicts(times(1, NOISE, 3), times(1.5, NOISE, 3)), ['no change']);
  });

  it('needs more repetitions for one change among many cells, and calls it undecided before', () => {
    const cells = (factor: number, repetitions: number) =>
      fakeResults(
        Object.fromEntries(
          Array.from({ length: 100 }, (_, i) => [
            `cell ${i}`,
            { ours: times(i === 0 ? factor : 1, i % 2 === 0 ? NOISE : OTHER_NOISE, repetitions) },
          ]),
        ),
      );
    const [few] = compare(cells(1, 5), cells(1.1, 5));
    assert.deepEqual([few?.verdict, few?.isUndecided], ['no change', true]);
    const [many, ...others] = compare(cells(1, 8), cells(1.1, 8));
    assert.equal(many?.verdict, 'slower');
    assert.ok(others.every(({ verdict, isUndecided }) => verdict === 'no change' && !isUndecided));
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

  it('shows changes with their figures, and the number of the others', () => {
    const before = fakeResults({ a: { ours: times(1, NOISE) }, b: { ours: times(1, NOISE) } });
    const after = fakeResults({ a: { ours: times(1.1, NOISE) }, b: { ours: times(1, OTHER_NOISE) } });
    const text = comparisonText(before, after);
    assert.match(text, /^a +ours +Server CPU, µs a message +6\.01 +6\.61 +1\.100 +0\.0002 +0\.0003 +slower$/m);
    assert.match(text, /^0 faster, 1 slower, 1 no change\.$/m);
  });
});

describe('comparisonText of few repetitions', () => {
  const text = (repetitions: number, cells: number): string => {
    const names = Array.from({ length: cells }, (_, i) => `cell ${i}`);
    const results = fakeResults(
      Object.fromEntries(names.map((name) => [name, { ours: times(1, NOISE, repetitions) }])),
      {
        options: { repetitions, seconds: 1, extent: 'usual' },
      },
    );
    return comparisonText(results, results);
  };

  it('says which changes cannot be found', () => {
    assert.match(text(3, 1), /^With 3 and 3 repetitions no change can be found; use --repetitions 8/m);
    // 100 × 2 / 252 / 0.05
    assert.match(text(5, 100), /^With 5 and 5 repetitions a change is found only when 16 comparisons change;/m);
    assert.doesNotMatch(text(8, 300), /repetitions a change is found/);
  });
});

describe('summarize', () => {
  it('divides within a repetition, by C with the same mechanism and by node:net', () => {
    const results = fakeResults(
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
    const text = summarize(results);
    assert.match(text, /^ {2}ours +5\.00 \(4\.00–6\.00\) +2\.00 \(1\.00–3\.00\) +0\.625 \(0\.500–0\.750\)$/m);
    assert.match(text, /^ {2}net +8\.00 \(8\.00–8\.00\) +4\.00 \(1\.60–4\.00\)$/m);
  });

  it('shows user and system time, and marks load-limited samples and servers that do not keep up', () => {
    const results = fakeResults({ cell: { ours: [4], theirs: [5], others: [6] } });
    const [ours, theirs, others] = results.samples;
    const text = summarize({
      ...results,
      cells: results.cells.map((cell) => ({ ...cell, parameters: { rate: 1000 } })),
      samples: [
        { ...ours!, userMicrosecondsPerMessage: 1, systemMicrosecondsPerMessage: 3, limitedByLoad: true },
        { ...theirs!, limitedByLoad: true, unanswered: 1 },
        { ...others!, messagesPerSecond: 999 },
      ],
    });
    assert.match(text, /^cell +Server CPU, µs a message +User, µs a message +System, µs a message/m);
    assert.match(text, /^ {2}ours † +4\.00 \(4\.00–4\.00\) +1\.00 +3\.00$/m);
    assert.match(text, /^ {2}theirs †‡ +5\.00 \(5\.00–5\.00\)$/m);
    assert.match(text, /^ {2}others +6\.00 \(6\.00–6\.00\)$/m);
    assert.match(text, /^† [^\n]+\n\n‡ [^\n]+$/m);
    assert.doesNotMatch(summarize(results), /[†‡]/);
  });
});
