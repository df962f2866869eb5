/**
 * The word that was probably meant.
 * @param word What was written.
 * @param words What there is, at least one.
 * @returns The one with the fewest differences.
 */
export function nearest<Word extends string>(word: string, words: readonly Word[]): Word {
  const distances = words.map((candidate) => distance(word.toLowerCase(), candidate.toLowerCase()));
  return words[distances.indexOf(Math.min(...distances))]!;
}

// Levenshtein's.
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (from[i] === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
