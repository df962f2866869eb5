// The language of the scenarios: plain JSON, which tripoll/runner.ts carries out on tripoll and python/runner.py on
// Python's modules. Two kinds of step:
//
// - A call, told by the dot: ['p.register', { fd: 'a' }, 1], ['ready = select.select', [{ object: 'a' }], [], [], 0].
//   The path begins with the name of an object of the scenario or a module (select, socket, selectors) and goes on with
//   Python's names; those of tripoll follow from the naming rule. What stands at its end is called, or read if it is no
//   function. A result is named by `x =`, the elements of a sequence by `x, y =`.
// - An operation below: what makes and moves files, mostly without a counterpart in the modules.
//
// Sockets and files that operations make do not block.

import type { Expected } from './outcome.ts';
import type { Value } from './values.ts';

/** The operations and their arguments. */
export interface Operations {
  /** Names a value. */
  let: [name: string, value: Value];
  tcp: [name: string];
  udp: [name: string];
  socketpair: [name: string, other: string, type: 'SOCK_STREAM' | 'SOCK_DGRAM'];
  /** Takes a free port of 127.0.0.1. */
  bind: [name: string];
  /** Waits until the connection stands or has failed. */
  connect: [name: string, peer: string];
  accept: [listener: string, name: string];
  /** Closes with SO_LINGER 0, so that TCP sends RST. */
  reset: [name: string];

  pipe: [readEnd: string, writeEnd: string];
  /** Opens a path, which is relative to a folder of the scenario's own. */
  open: [name: string, path: string, ...flags: string[]];
  mkfifo: [path: string];
  pty: [master: string, slave: string];
  eventfd: [name: string, count: number];
  read: [name: string, length: number];
  write: [name: string, text: string];
  /** A duplicate of an fd, as an fd. */
  dup: [name: string, original: string];
  close: [name: string];
  /** Closes the fd behind the back of the object that owns it. */
  closeFd: [name: string];

  /** Writes until EAGAIN. */
  fill: [name: string];
  /** Reads at one end until the other is writable. */
  drain: [reader: string, writer: string];
  /** Waits until each of the POLL* bits has been seen, for a bounded time: TCP may need a moment, on loopback too. */
  settle: [name: string, ...events: string[]];
  /** What is ready by `select`, `poll` and `epoll`: see `ready`. */
  measure: [name: string];
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
  /** The first cell of the row of README's table of deviations that explains the outcomes that differ. */
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
 * Scenarios whose outcomes differ, as README says.
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

/** All steps of a scenario, in their order. */
export function stepsOf({ steps = [], checks }: Scenario): Step[] {
  return [...steps, ...checks.map(([step]) => step)];
}
