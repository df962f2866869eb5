import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { medianInterval, medianRatioInterval, overlap } from '../../benchmarks/harness/bootstrap.ts';
import { randomNumbers, shuffled } from '../../benchmarks/harness/random.ts';
import { intervalText, ratioText, spreadOf, spreadText } from '../../benchmarks/harness/spread.ts';

describe('medianInterval', () => {
  it('is the range of five samples, and narrower with more', () => {
    assert.deepEqual(medianInterval([5, 1, 4, 2, 3]), [1, 5]);
    const values = Array.from({ length: 41 }, (_, index) => index);
    const [low, high] = medianInterval(values)!;
    assert.ok(low > 8 && low < 17 && high > 23 && high < 32, `${low} to ${high}`);
  });

  it('is undefined for one sample', () => {
    assert.equal(medianInterval([7]), undefined);
    assert.equal(medianInterval([]), undefined);
  });

  it('is the same each time', () => {
    const values = [9, 1, 8, 3, 7, 2, 6, 5, 4, 10];
    assert.deepEqual(medianInterval(values), medianInterval(values));
  });

  it('contains the true median in about 95 % of the cases', () => {
    const random = randomNumbers(3);
    for (const count of [5, 8, 20]) {
      const hits = Array.from({ length: 300 }, () => {
        const [low, high] = medianInterval(Array.from({ length: count }, random))!;
        return low <= 0.5 && high >= 0.5;
      }).filter(Boolean).length;
      assert.ok(hits / 300 > 0.9, `${hits} of 300 with ${count} samples`);
    }
  });
});

describe('medianRatioInterval', () => {
  it('divides two medians that are independent, and is wider for more comparisons', () => {
    const [few, many] = [1, 300].map((comparisons) =>
      medianRatioInterval([10, 11, 12, 13, 14, 15, 16], [5, 5, 5, 5, 5, 5, 5], comparisons),
    );
    assert.ok(few![0] >= 2 && few![1] <= 3.2);
    assert.deepEqual(many, [2, 3.2]);
  });
});

describe('overlap', () => {
  it('needs a common point', () => {
    assert.equal(overlap([1, 2], [2, 3]), true);
    assert.equal(overlap([1, 2], [2.1, 3]), false);
    assert.equal(overlap([1, 5], [2, 3]), true);
  });
});

describe('the texts of a spread', () => {
  it('have the interval when there is one', () => {
    const spread = spreadOf([8, undefined, 7, 9, NaN, 6, 10]);
    assert.deepEqual([spreadText(spread), ratioText(spread)], ['8.00 (6.00–10.0)', '8.00× (6.00–10.0)']);
    assert.deepEqual([spreadText(spreadOf([5])), ratioText(spreadOf([5]))], ['5.00', '5.00×']);
    assert.deepEqual([spreadText(undefined), ratioText(undefined), intervalText(undefined)], ['–', '–', '–']);
  });
});

describe('shuffled', () => {
  it('keeps all values, and repeats an order for the same seed', () => {
    const values = [1, 2, 3, 4, 5, 6, 7];
    assert.deepEqual(shuffled(values, randomNumbers(1)).sort(), values);
    assert.deepEqual(shuffled(values, randomNumbers(4)), shuffled(values, randomNumbers(4)));
    assert.notDeepEqual(shuffled(values, randomNumbers(4)), shuffled(values, randomNumbers(5)));
  });
});
