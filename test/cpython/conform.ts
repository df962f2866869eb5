import { describe, it, type TestContext } from 'node:test';

import type { cases, NotApplicable } from './cases.ts';

type Cases = typeof cases;
type Applicable<C> = { [Name in keyof C]: C[Name] extends NotApplicable ? never : Name }[keyof C];

/** What a case of ours runs. */
export type Test = (t: TestContext) => void | Promise<void>;

/**
 * Runs our form of the cases of one of CPython's classes, under its names.
 * @param className The class, as cases.ts has it.
 * @param tests A test for each case that is applicable: one that is missing does not compile.
 */
export function conform<Name extends keyof Cases>(className: Name, tests: Record<Applicable<Cases[Name]>, Test>): void {
  describe(className, () => {
    for (const [name, test] of Object.entries<Test>(tests)) it(name, test);
  });
}
