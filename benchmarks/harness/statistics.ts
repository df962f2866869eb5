/** A quantile with linear interpolation; NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return low + (high - low) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The two-sided Mann-Whitney U test: how probable such unequal ranks are when both groups have the same distribution. It is
 * exact, also with equal values: it counts all ways to choose the ranks of the first group, and returns the share of those
 * whose rank sum is at least as far from the mean.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): number {
  const ranks = doubledRanks([...first, ...second]);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const mean = (total * first.length) / ranks.length;
  const observed = Math.abs(ranks.slice(0, first.length).reduce((sum, rank) => sum + rank, 0) - mean);
  let [all, extreme] = [0, 0];
  for (const [sum, ways] of rankSums(ranks, first.length)) {
    all += ways;
    if (Math.abs(sum - mean) >= observed) extreme += ways;
  }
  return extreme / all;
}

// Twice the rank of each value: then the mean rank of equal values is an integer, too.
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}

// For each rank sum, in how many ways `size` of the ranks have it.
function rankSums(ranks: readonly number[], size: number): Map<number, number> {
  const bySize = Array.from({ length: size + 1 }, () => new Map<number, number>());
  bySize[0]!.set(0, 1);
  for (const rank of ranks) {
    for (let chosen = size; chosen > 0; chosen--) {
      const ways = bySize[chosen]!;
      for (const [sum, count] of bySize[chosen - 1]!) ways.set(sum + rank, (ways.get(sum + rank) ?? 0) + count);
    }
  }
  return bySize[size]!;
}

/** Adjusts probabilities for their number (Benjamini and Hochberg): at most a share q of those below q is false. */
export function adjust(probabilities: readonly number[]): number[] {
  const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const adjusted = new Array<number>(probabilities.length);
  let min = 1;
  order.forEach((index, i) => {
    min = Math.min(min, (probabilities[index]! * probabilities.length) / (probabilities.length - i));
    adjusted[index] = min;
  });
  return adjusted;
}
