import { nearestFirst } from '../../src/cli/nearest.ts';

const MAX_SHOWN = 3;

/** The end of a sentence that says that there is no such name: `; near names: c-epoll, c-poll`. Empty without any names. */
export function nearText(word: string, names: readonly string[]): string {
  // The user may have given a regular expression.
  const plain = word.replaceAll(/[\\^$()[\]|*+?]/g, '');
  const containing = names.filter((name) => plain !== '' && name.toLowerCase().includes(plain.toLowerCase()));
  // People give the beginning of a long name.
  const byBeginning = new Map(names.toReversed().map((name) => [name.slice(0, plain.length), name]));
  const nearest = nearestFirst(plain, [...byBeginning.keys()]).map((beginning) => byBeginning.get(beginning)!);
  const shown = [...new Set([...containing, ...nearest])].slice(0, MAX_SHOWN);
  return shown.length === 0 ? '' : `; near names: ${shown.join(', ')}`;
}
