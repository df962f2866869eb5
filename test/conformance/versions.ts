import type { Outcome } from './outcome.ts';

// The one place for what Python's versions say differently: tripoll has the words of 3.11 and 3.12. A wording is
// replaced in the outcomes of both sides, so that what is compared is the rest.

interface Wording {
  /** The minor versions of Python 3 in which it is another. */
  in: (minor: number) => boolean;
  words: RegExp;
  instead: string;
}

const wordings: Wording[] = [
  // The type lost its underscore.
  { in: (minor) => minor >= 13, words: /C _?PyTime_t/g, instead: 'C _PyTime_t' },
  // A float that is too large was told as an int is.
  {
    in: (minor) => minor < 11,
    words: /timestamp (out of range for platform time_t|too large to convert to C _PyTime_t)/g,
    instead: 'timestamp out of range',
  },
  // The two sentences of the argument parser became that of operator.index.
  {
    in: (minor) => minor < 10,
    words:
      /'\w+' object cannot be interpreted as an integer|an integer is required( \(got type \w+\))?|integer argument expected, got float/g,
    instead: 'an integer is required',
  },
];

/**
 * Outcomes without the wordings that a version of Python has changed.
 * @param version Python's version: '3.13.0'.
 * @param outcomes The outcomes of either side.
 * @returns What is to be compared.
 */
export function comparable(version: string, outcomes: Outcome[]): Outcome[] {
  const minor = Number(version.split('.')[1]);
  const changed = wordings.filter((wording) => wording.in(minor));
  if (changed.length === 0) return outcomes;
  const text = changed.reduce((all, { words, instead }) => all.replace(words, instead), JSON.stringify(outcomes));
  return JSON.parse(text) as Outcome[];
}
