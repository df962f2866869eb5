import type { Program } from './drivers.ts';
import type { Cell, Driver, Workload } from './results.ts';

/** The user's choice. */
export interface Selection {
  readonly quick: boolean;
  readonly driver?: RegExp | undefined;
  readonly workload?: RegExp | undefined;
  /** RLIMIT_NOFILE. */
  readonly fdLimit: number;
}

/** One run: a server in a fresh process, and its load. */
export interface Run {
  readonly cell: Cell;
  readonly program: Program;
  readonly repetition: number;
}

/** A cell and its drivers. */
export interface Entry {
  readonly cell: Cell;
  readonly programs: readonly Program[];
}

// The other fds of a process: standard streams, the loop, the addon and libraries.
const OTHER_FDS = 50;
// The families that a reader compares first.
const QUICK_FAMILIES = new Set(['tripoll', 'node:net', 'C', 'rsyslog']);

/** The cells to measure, each with its drivers. A cell that no driver can serve is omitted. */
export function select(workloads: readonly Workload[], programs: readonly Program[], selection: Selection): Entry[] {
  return workloads
    .flatMap(({ cells }) => cells)
    .filter((cell) => isWanted(cell, selection))
    .map((cell) => ({ cell, programs: programs.filter(({ driver }) => takesPart(driver, cell, selection)) }))
    .filter((entry) => entry.programs.length > 0);
}

function isWanted(cell: Cell, { quick, workload, fdLimit }: Selection): boolean {
  const isNamed = workload === undefined || workload.test(cell.workload) || workload.test(cell.name);
  return isNamed && (cell.quick || !quick) && connectionsOf(cell) + OTHER_FDS <= fdLimit;
}

function takesPart(driver: Driver, cell: Cell, { quick, driver: wanted }: Selection): boolean {
  return (
    driver.missing === undefined &&
    driver.roles.includes(cell.role) &&
    (cell.drivers?.includes(driver.name) ?? true) &&
    (cell.families?.includes(driver.family) ?? true) &&
    (cell.mechanisms?.includes(driver.mechanism) ?? true) &&
    connectionsOf(cell) <= (driver.maxConnections ?? Infinity) &&
    (wanted?.test(driver.name) ?? (!quick || QUICK_FAMILIES.has(driver.family)))
  );
}

/** How many fds a cell needs at the same time for its connections. */
export function connectionsOf({ parameters: { connections = 0, idle = 0, sockets = 0 } }: Cell): number {
  return Number(connections) + Number(idle) + Number(sockets);
}

/** Cells with the same load are one experiment. Their drivers take turns, which makes their ratios reliable. */
export function experimentOf({ workload, parameters }: Cell): string {
  return JSON.stringify([workload, parameters]);
}

/** All runs in order: in each experiment, each driver once, then all of them again. */
export function interleave(entries: readonly Entry[], repetitions: number): Run[] {
  const experiments = new Set(entries.map(({ cell }) => experimentOf(cell)));
  return [...experiments].flatMap((experiment) => {
    const some = entries.filter(({ cell }) => experimentOf(cell) === experiment);
    return Array.from({ length: repetitions }, (_, repetition) =>
      some.flatMap(({ cell, programs }) => programs.map((program) => ({ cell, program, repetition }))),
    ).flat();
  });
}
