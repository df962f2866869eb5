import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { median, quantile } from '../../benchmarks/harness/statistics.ts';

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
