// The language of the scenarios. It is plain JSON: tripoll/runner.ts runs it on tripoll, python/runner.py on Python's
// modules. There are two kinds of steps:
//
// - A call: ['p.register', { fd: 'a' }, 1], ['ready = select.select', [{ object: 'a' }], [], [], 0]. The dot marks it
//   as a call. The path starts with the name of an object of the scenario or of a module (select, socket, selectors),
//   followed by names of Python; tripoll's names follow from the naming rule. The last name is called if it is a
//   function, and otherwise read. `x =` names the result, and `x, y =` names the elements of a sequence.
// - An operation, which makes or uses files; most operations have no counterpart in the modules.

import type { Operations as FileOperations, Readiness } from '../../src/explain/step.ts';
import { error, type Expected } from './outcome.ts';
import type { Value } from './values.ts';

/** The operations and their arguments: those of `tripoll explain`, and two more. */
export interface Operations extends FileOperations {
  /** Gives a value a name. */
  let: [name: string, value: Value];
  /** Closes the fd of an object without the object's knowledge. */
  closeFd: [name: string];
}

export type Operation = { [Name in keyof Operations]: [name: Name, ...args: Operations[Name]] }[keyof Operations];
export type Call = [path: `${string}.${string}`, ...args: Value[]];
export type Step = Operation | Call;

/** A step and its expected outcome. */
export type Check = [step: Step, expected: Expected];

/** Steps that must succeed, followed by steps with expected outcomes. */
export interface Scenario {
  /** A sentence, or the name of a row; unique within its table. */
  name: string;
  steps?: Step[];
  checks: Check[];
  /** The first cell of the row of docs/deviations.md that explains why the outcomes differ. */
  deviates?: string;
  /** The first minor version of Python 3 with these outcomes. */
  since?: number;
}

export interface Table {
  title: string;
  scenarios: Scenario[];
}

/** A row of a table: its name and its checks. */
export type Row = [name: string, ...checks: Check[]];

/** Makes a scenario from each row. All of them start with the same steps. */
export function rows(steps: Step[], ...rows: Row[]): Scenario[] {
  return rows.map(([name, ...checks]) => ({ name, steps, checks }));
}

/** Marks scenarios whose outcomes differ. `deviates` is the first cell of the row in docs/deviations.md. */
export function deviating(deviates: string, scenarios: Scenario[]): Scenario[] {
  return scenarios.map((scenario) => ({ ...scenario, deviates }));
}

/** Puts a topic in front of the scenarios' names. */
export function prefixed(topic: string, scenarios: Scenario[]): Scenario[] {
  return scenarios.map((scenario) => ({ ...scenario, name: `${topic}: ${scenario.name}` }));
}

/** Converts a row of the table of what is ready when to a scenario. */
export function measuring({ name, steps, fails, target, expected, after = [] }: Readiness): Scenario {
  const failing: Check[] = fails === undefined ? [] : [[steps.at(-1)!, error(fails)]];
  const begin = fails === undefined ? steps : steps.slice(0, -1);
  return { name, steps: begin, checks: [...failing, [['measure', target], expected], ...after] };
}

/** Returns all steps of a scenario in order. */
export function stepsOf({ steps = [], checks }: Scenario): Step[] {
  return [...steps, ...checks.map(([step]) => step)];
}
