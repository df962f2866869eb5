/**
 * Whether this is `npm run test:long`. It repeats some tests of `npm test` with all cases, of which the plain run makes only
 * one of each kind.
 */
export const isLongRun = process.env.TRIPOLL_LONG_RUN !== undefined;

/** Only the first in the plain run, all of them in the long run. */
export function someOf<T>(all: readonly T[]): readonly T[] {
  return isLongRun ? all : all.slice(0, 1);
}
