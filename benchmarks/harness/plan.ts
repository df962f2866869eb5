import type { Found, Program } from './drivers.ts';
import { nearText } from './near.ts';
import { randomNumbers, shuffled } from './random.ts';
import type { Cell, Driver, Workload } from './results.ts';

/** The user's choice. */
export interface Selection {
  /** How many cells and drivers, when the user names none. */
  readonly extent: Cell['extent'];
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
  /** Drivers that were chosen and cannot run on this machine. */
  readonly missing: readonly Driver[];
}

// The other fds of a process: standard streams, the loop, the addon and libraries.
const OTHER_FDS = 50;
// The families that a reader compares first.
const QUICK_FAMILIES = new Set(['tripoll', 'node:net', 'C', 'rsyslog']);
// Other ways to use tripoll. They say nothing about other servers.
const UNUSUAL_FAMILIES = new Set(['tripoll blocking', 'tripoll sys']);
const EXTENTS: readonly Cell['extent'][] = ['quick', 'usual', 'all'];

/** The cells to measure, each with its drivers. A cell that no driver can serve is omitted. */
export function select(workloads: readonly Workload[], programs: readonly Program[], selection: Selection): Entry[] {
  return distinctCells(workloads)
    .filter((cell) => isWanted(cell, selection))
    .map((cell) => {
      const wanted = programs.filter(({ driver }) => takesPart(driver, cell, selection));
      return {
        cell,
        programs: wanted.filter(({ driver }) => driver.missing === undefined),
        missing: wanted.map(({ driver }) => driver).filter(({ missing }) => missing !== undefined),
      };
    })
    .filter((entry) => entry.programs.length > 0);
}

/** The reason, as a sentence, when the user's choice leaves nothing to measure. */
export function nothingText(workloads: readonly Workload[], { programs, broken }: Found, selection: Selection): string {
  const { driver, workload } = selection;
  const drivers = programs.map((program) => program.driver);
  const named = drivers.filter(({ name }) => driver?.test(name) ?? true);
  if (driver && named.length === 0) {
    const reasons = broken.map(({ file, reason }) => `; the drivers of ${file} are not known, because it ${reason}`);
    const names = drivers.map(({ name }) => name);
    return `no driver has a name that matches '${driver.source}'${nearText(driver.source, names)}${reasons.join('')}`;
  }
  const cells = distinctCells(workloads);
  if (workload && !cells.some((cell) => isNamed(cell, workload))) {
    const names = [...workloads.map(({ name }) => name), ...cells.map(({ name }) => name)];
    return `no workload or cell has a name that matches '${workload.source}'${nearText(workload.source, names)}`;
  }
  const reasons = named.flatMap(({ name, missing }) =>
    missing === undefined ? [] : [`${name} cannot run: ${missing}`],
  );
  if (reasons.length === named.length) return reasons.join('; ');
  return 'none of the chosen drivers can serve one of the chosen cells; `npm run bench -- list` shows what each can serve';
}

/** The cells of all workloads. Cells that put the same load on the same servers are one cell, which has both names. */
export function distinctCells(workloads: readonly Workload[]): Cell[] {
  const distinct = new Map<string, Cell>();
  for (const cell of workloads.flatMap(({ cells }) => cells)) {
    const key = loadOf(cell);
    const first = distinct.get(key);
    distinct.set(key, first ? joined(first, cell) : cell);
  }
  return [...distinct.values()];
}

// What decides the load: the role and the arguments, in any order. An option that is 0 is an absent option.
function loadOf({ role, kind, load: [mode = '', ...rest], stretch, warmupStretch }: Cell): string {
  if (kind === 'call') return JSON.stringify([kind, mode, ...rest]);
  const options = rest.flatMap((name, index) =>
    index % 2 === 0 && rest[index + 1] !== '0' ? [`${name} ${rest[index + 1]}`] : [],
  );
  return JSON.stringify([role, kind, mode, options.sort(), stretch, warmupStretch]);
}

// Everybody who takes part in one of the two cells takes part.
function joined(first: Cell, second: Cell): Cell {
  const union = <T>(one?: readonly T[], other?: readonly T[]) => one && other && [...new Set([...one, ...other])];
  const { families, usualFamilies, drivers, mechanisms, ...rest } = first;
  const unions = {
    families: union(families, second.families),
    usualFamilies: union(usualFamilies, second.usualFamilies),
    drivers: union(drivers, second.drivers),
    mechanisms: union(mechanisms, second.mechanisms),
  };
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(unions).filter(([, value]) => value !== undefined)),
    parameters: { ...second.parameters, ...first.parameters },
    alsoIn: [...(first.alsoIn ?? []), { workload: second.workload, name: second.name }],
    countsSyscalls: first.countsSyscalls || second.countsSyscalls,
    comparesMechanisms: first.comparesMechanisms || second.comparesMechanisms,
    extent: EXTENTS.find((extent) => extent === first.extent || extent === second.extent)!,
  };
}

/** Whether a cell is part of a workload, perhaps under another name. */
export function isPartOf(cell: Cell, workload: string): boolean {
  return cell.workload === workload || (cell.alsoIn ?? []).some((other) => other.workload === workload);
}

function isWanted(cell: Cell, { extent, workload, fdLimit }: Selection): boolean {
  const isChosen = workload ? isNamed(cell, workload) : isWithin(cell, extent);
  return isChosen && connectionsOf(cell) + OTHER_FDS <= fdLimit;
}

function isWithin(cell: Cell, extent: Cell['extent']): boolean {
  return EXTENTS.indexOf(cell.extent) <= EXTENTS.indexOf(extent);
}

function isNamed(cell: Cell, pattern: RegExp): boolean {
  return [cell, ...(cell.alsoIn ?? [])].some(({ workload, name }) => pattern.test(workload) || pattern.test(name));
}

function takesPart(driver: Driver, cell: Cell, { extent, driver: wanted }: Selection): boolean {
  return (
    driver.roles.includes(cell.role) &&
    (cell.drivers?.includes(driver.name) ?? true) &&
    (cell.families?.includes(driver.family) ?? true) &&
    (cell.mechanisms?.includes(driver.mechanism) ?? true) &&
    connectionsOf(cell) <= (driver.maxConnections ?? Infinity) &&
    (wanted?.test(driver.name) ?? (extent === 'all' || isUsual(driver, cell, extent)))
  );
}

function isUsual({ family, mechanism }: Driver, cell: Cell, extent: Cell['extent']): boolean {
  return (
    !UNUSUAL_FAMILIES.has(family) &&
    (mechanism === 'epoll' || cell.comparesMechanisms) &&
    (cell.usualFamilies?.includes(family) ?? true) &&
    (extent !== 'quick' || QUICK_FAMILIES.has(family))
  );
}

/** How many fds a cell needs at the same time for its connections. */
export function connectionsOf({ parameters: { connections = 0, idle = 0, sockets = 0 } }: Cell): number {
  return Number(connections) + Number(idle) + Number(sockets);
}

/** Cells with the same load are one experiment, whose drivers are compared. */
export function experimentOf({ workload, parameters }: Cell): string {
  return JSON.stringify([workload, parameters]);
}

/**
 * All runs in order. The repetitions of a cell are spread over the whole run, because a machine has good and bad minutes. Within
 * a repetition the drivers of an experiment follow each other in a random order, so that their ratios compare the same minute,
 * and none always follows the same other one.
 */
export function interleave(entries: readonly Entry[], repetitions: number, seed: number): Run[] {
  const random = randomNumbers(seed);
  const experiments = [...new Set(entries.map(({ cell }) => experimentOf(cell)))].map((experiment) =>
    entries.filter(({ cell }) => experimentOf(cell) === experiment),
  );
  return Array.from({ length: repetitions }, (_, repetition) =>
    shuffled(experiments, random).flatMap((members) =>
      shuffled(
        members.flatMap(({ cell, programs }) => programs.map((program) => ({ cell, program, repetition }))),
        random,
      ),
    ),
  ).flat();
}
