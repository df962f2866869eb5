/** A quantile by linear interpolation; NaN of no values. */
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
 * Mann-Whitney U, two-sided: how probable ranks as unequal as these are if both groups are of one distribution. Exact, ties
 * included: of all ways to choose the first group's ranks, the share of those with a rank sum as far from its mean.
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

// Twice the rank of each value, so that the mean rank that equal values share is an integer.
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}

// How many ways of choosing `size` of the ranks there are for each sum.
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

/** Probabilities adjusted for their number by Benjamini and Hochberg: those below q hold a share of at most q false ones. */
export function adjust(probabilities: readonly number[]): number[] {
  const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const adjusted = new Array<number>(probabilities.length);
  let least = 1;
  order.forEach((index, i) => {
    least = Math.min(least, (probabilities[index]! * probabilities.length) / (probabilities.length - i));
    adjusted[index] = least;
  });
  return adjusted;
}
