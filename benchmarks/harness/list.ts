import type { Inventory } from './run.ts';
import { alignColumns } from './table.ts';

/** Drivers, with why some cannot run; workloads, with their cells: as plain text. */
export function listText({ found, workloads }: Inventory): string {
  const drivers = found.programs.map(({ driver }) => [
    `  ${driver.name}`,
    driver.missing === undefined ? driver.roles.join(', ') : `cannot run: ${driver.missing}`,
  ]);
  const broken = found.broken.map(({ file, reason }) => [`  ${file}`, `cannot run: ${reason}`]);
  const cells = workloads.flatMap(({ name, about, cells }) => [
    `\n  ${name}: ${about}`,
    ...cells.map((cell) => `    ${cell.name}${cell.quick ? ' (quick)' : ''}`),
  ]);
  return ['Drivers, and what they can serve', alignColumns([...drivers, ...broken], 2), '\nWorkloads', ...cells].join(
    '\n',
  );
}
