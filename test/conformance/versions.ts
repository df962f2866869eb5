import type { Outcome } from './outcome.ts';

// The only place for wordings that differ between Python's versions; tripoll has those of 3.11 and 3.12. The outcomes
// of both sides get the same replacement, so that only the other parts are compared.

interface Wording {
  /** Returns true for the minor versions of Python 3 with another wording. */
  in: (minor: number) => boolean;
  words: RegExp;
  instead: string;
}

const wordings: Wording[] = [
  // The type has lost its underscore.
  { in: (minor) => minor >= 13, words: /C _?PyTime_t/g, instead: 'C _PyTime_t' },
  // The message for a float that is too large was the same as for an int.
  {
    in: (minor) => minor < 11,
    words: /timestamp (out of range for platform time_t|too large to convert to C _PyTime_t)/g,
    instead: 'timestamp out of range',
  },
  // The argument parser's two sentences were replaced by that of operator.index.
  {
    in: (minor) => minor < 10,
    words:
      /'\w+' object cannot be interpreted as an integer|an integer is required( \(got type \w+\))?|integer argument expected, got float/g,
    instead: 'an integer is required',
  },
];

/** Replaces, in the outcomes of either side, the wordings that differ in a version of Python, such as '3.13.0'. */
export function comparable(version: string, outcomes: Outcome[]): Outcome[] {
  const minor = Number(version.split('.')[1]);
  const changed = wordings.filter((wording) => wording.in(minor));
  if (changed.length === 0) return outcomes;
  const text = changed.reduce((all, { words, instead }) => all.replace(words, instead), JSON.stringify(outcomes));
  return JSON.parse(text) as Outcome[];
}
