// The language of the scenarios: plain JSON, which tripoll/runner.ts carries out on tripoll and python/runner.py on
// Python's modules. Two kinds of step:
//
// - A call, told by the dot: ['p.register', { fd: 'a' }, 1], ['ready = select.select', [{ object: 'a' }], [], [], 0].
//   The path begins with the name of an object of the scenario or a module (select, socket, selectors) and goes on with
//   Python's names; those of tripoll follow from the naming rule. What stands at its end is called, or read if it is no
//   function. A result is named by `x =`, the elements of a sequence by `x, y =`.
// - An operation: what makes and moves files, mostly without a counterpart in the modules.

import type { Operations as FileOperations, Readiness } from '../../src/explain/step.ts';
import { error, type Expected } from './outcome.ts';
import type { Value } from './values.ts';

/** The operations and their arguments: those of `tripoll explain`, and two more. */
export interface Operations extends FileOperations {
  /** Names a value. */
  let: [name: string, value: Value];
  /** Closes the fd behind the back of the object that owns it. */
  closeFd: [name: string];
}

/** An operation with its arguments. */
export type Operation = { [Name in keyof Operations]: [name: Name, ...args: Operations[Name]] }[keyof Operations];
/** A call with its arguments. */
export type Call = [path: `${string}.${string}`, ...args: Value[]];
/** One step. */
export type Step = Operation | Call;

/** A step, and what it must give. */
export type Check = [step: Step, expected: Expected];

/** Steps that must succeed, then steps whose outcomes are known. */
export interface Scenario {
  /** A sentence or the row of a table; unique within its table. */
  name: string;
  steps?: Step[];
  checks: Check[];
  /** The first cell of the row of docs/deviations.md that explains the outcomes that differ. */
  deviates?: string;
  /** The first minor version of Python 3 that does so. */
  since?: number;
}

/** Scenarios that belong together. */
export interface Table {
  title: string;
  scenarios: Scenario[];
}

/** A row of a table: its name and what is checked. */
export type Row = [name: string, ...checks: Check[]];

/**
 * Makes scenarios that begin alike.
 * @param steps How each begins.
 * @param rows What each checks then.
 * @returns A scenario a row.
 */
export function rows(steps: Step[], ...rows: Row[]): Scenario[] {
  return rows.map(([name, ...checks]) => ({ name, steps, checks }));
}

/**
 * Scenarios whose outcomes differ, as docs/deviations.md says.
 * @param deviates The row's first cell.
 * @param scenarios The scenarios.
 * @returns The scenarios.
 */
export function deviating(deviates: string, scenarios: Scenario[]): Scenario[] {
  return scenarios.map((scenario) => ({ ...scenario, deviates }));
}

/** Scenarios of one topic, with the topic before their names. */
export function prefixed(topic: string, scenarios: Scenario[]): Scenario[] {
  return scenarios.map((scenario) => ({ ...scenario, name: `${topic}: ${scenario.name}` }));
}

/** A row of the table of what is ready when, as a scenario. */
export function measuring({ name, steps, fails, target, expected, after = [] }: Readiness): Scenario {
  const failing: Check[] = fails === undefined ? [] : [[steps.at(-1)!, error(fails)]];
  const begin = fails === undefined ? steps : steps.slice(0, -1);
  return { name, steps: begin, checks: [...failing, [['measure', target], expected], ...after] };
}

/** All steps of a scenario, in their order. */
export function stepsOf({ steps = [], checks }: Scenario): Step[] {
  return [...steps, ...checks.map(([step]) => step)];
}
