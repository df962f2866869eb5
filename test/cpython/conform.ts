import { describe, it, type TestContext } from 'node:test';

import type { cases, NotApplicable } from './cases.ts';

type Cases = typeof cases;
type Applicable<C> = { [Name in keyof C]: C[Name] extends NotApplicable ? never : Name }[keyof C];

/** The function that runs one case. */
export type Test = (t: TestContext) => void | Promise<void>;

/** Runs our form of the cases of one of CPython's classes, under their names. A missing case does not compile. */
export function conform<Name extends keyof Cases>(className: Name, tests: Record<Applicable<Cases[Name]>, Test>): void {
  describe(className, () => {
    for (const [name, test] of Object.entries<Test>(tests)) it(name, test);
  });
}
