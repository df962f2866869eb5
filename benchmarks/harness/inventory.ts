import { join } from 'node:path';

import { findDrivers, type Found } from './drivers.ts';
import { findWorkloads } from './files.ts';
import { isFixedRate } from './measurements.ts';
import { cache, compiled, sources } from './paths.ts';
import type { Cell, Workload } from './results.ts';
import { alignColumns } from './table.ts';

/** In which runs a cell is, besides those that name it. */
const MARKS: Readonly<Record<Cell['extent'], string>> = { quick: ' (quick)', usual: '', all: ' (only with --all)' };

/** The drivers and workloads of this checkout. */
export interface Inventory {
  readonly found: Found;
  readonly workloads: readonly Workload[];
}

/** Finds the drivers and the workloads, and asks each driver what it can serve. */
export async function takeInventory(): Promise<Inventory> {
  const [found, workloads] = await Promise.all([
    findDrivers(join(sources, 'drivers'), join(compiled, 'drivers'), cache),
    findWorkloads(join(sources, 'workloads'), join(compiled, 'workloads')),
  ]);
  // What most servers do most of the day comes first, everywhere.
  const isFirst = ({ cells }: Workload): boolean => cells.every(isFixedRate) && cells.length > 1;
  return { found, workloads: [...workloads.filter(isFirst), ...workloads.filter((each) => !isFirst(each))] };
}

/** The drivers, with the reason when one cannot run, and the workloads with their cells, as plain text. */
export function listText({ found, workloads }: Inventory): string {
  const drivers = found.programs.map(({ driver }) => [
    `  ${driver.name}`,
    driver.missing === undefined ? driver.roles.join(', ') : `cannot run: ${driver.missing}`,
  ]);
  const broken = found.broken.map(({ file, reason }) => [`  ${file}`, `cannot run: ${reason}`]);
  const cells = workloads.flatMap(({ name, about, cells }) => [
    `\n  ${name}: ${about}`,
    ...cells.map((cell) => `    ${cell.name}${MARKS[cell.extent]}`),
  ]);
  return ['Drivers, and what they can serve', alignColumns([...drivers, ...broken], 2), '\nWorkloads', ...cells].join(
    '\n',
  );
}
