import { errnoOf } from '../system/errors.ts';

/** Turns a list of errno names for each reaction, separated by spaces, into a map by -errno. */
export function reactionsByErrno<Reaction extends string>(
  codes: Readonly<Record<Reaction, string>>,
): ReadonlyMap<number, Reaction> {
  const entries = Object.entries<string>(codes) as [Reaction, string][];
  return new Map(entries.flatMap(([reaction, names]) => names.split(' ').map((name) => [errnoOf(name), reaction])));
}
