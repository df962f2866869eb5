import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { adjust, mannWhitney, median, quantile } from '../../benchmarks/harness/statistics.ts';

const almost = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
};

describe('quantile', () => {
  it('interpolates between two ranks', () => {
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([9]), 9);
    assert.equal(quantile([10, 20, 30, 40, 50], 0.25), 20);
    assert.equal(quantile([0, 10], 0.9), 9);
  });

  it('is NaN without values', () => {
    assert.ok(Number.isNaN(median([])));
  });
});

describe('mannWhitney', () => {
  it('counts the ways to be at least as far apart: 2 of 20, 2 of 252', () => {
    almost(mannWhitney([1, 2, 3], [4, 5, 6]), 2 / 20);
    almost(mannWhitney([6, 7, 8, 9, 10], [1, 2, 3, 4, 5]), 2 / 252);
  });

  it('counts mixed ranks: a rank sum at least as extreme as 7 has 4 of 20 ways', () => {
    almost(mannWhitney([1, 2, 4], [3, 5, 6]), 4 / 20);
  });

  it('uses the mean rank for equal values: sums of 6.5 and 14.5 have 2 ways each', () => {
    almost(mannWhitney([1, 1, 2], [2, 3, 3]), 4 / 20);
  });

  it('finds no difference between equal groups', () => {
    almost(mannWhitney([5, 5, 5], [5, 5, 5]), 1);
    almost(mannWhitney([1, 4], [2, 3]), 1);
  });

  it('handles groups of unequal size, and large ones', () => {
    almost(mannWhitney([9], [1, 2, 3, 4]), 2 / 5);
    const [low, high] = [0, 100].map((from) => Array.from({ length: 30 }, (_, i) => from + i)) as [number[], number[]];
    assert.ok(mannWhitney(low, high) < 1e-15);
  });
});

describe('adjust', () => {
  it('follows Benjamini and Hochberg', () => {
    const adjusted = adjust([0.01, 0.04, 0.03, 0.005]);
    [0.02, 0.04, 0.04, 0.02].forEach((expected, i) => {
      almost(adjusted[i]!, expected);
    });
  });

  it('does not change a single probability, and returns none above 1', () => {
    assert.deepEqual(adjust([0.3]), [0.3]);
    assert.deepEqual(adjust([1, 0.9]), [1, 1]);
    assert.deepEqual(adjust([]), []);
  });
});
