import { median } from '../harness/statistics.ts';
import { compactNumber } from './html.ts';
import { primaryFigure } from './measurements.ts';
import type { Measurements } from './measurements.ts';
import { behindCount } from './pace.ts';

/** What a reader has to know before the numbers, each a sentence. */
export function notices(data: Measurements): string[] {
  return [...spread(data), ...limits(data), ...behind(data), ...missing(data), ...absent(data), ...errors(data)];
}

function spread(data: Measurements): string[] {
  const widths = data.results.cells
    .flatMap((cell) =>
      data.drivers(cell).map((driver) => {
        const found = data.spread(cell, driver, primaryFigure(cell));
        const repeated = found && found.values.length > 1 && found.median > 0;
        return { cell, driver, width: repeated ? (found.max - found.min) / found.median : undefined };
      }),
    )
    .filter((one): one is typeof one & { width: number } => one.width !== undefined)
    .toSorted((a, b) => b.width - a.width);
  const [widest] = widths;
  if (!widest) return [];
  const middle = median(widths.map(({ width }) => width));
  return [
    `Spread, (most − least) ÷ median of the repetitions, of CPU time (or memory): ${percent(middle)} in the middle of ` +
      `${widths.length} pairs of cell and driver; at worst ${percent(widest.width)} (${widest.driver.label}; ${widest.cell.name}). ` +
      'Differences smaller than that say nothing.',
  ];
}

function limits({ results }: Measurements): string[] {
  const limited = results.samples.filter((sample) => sample.limitedByLoad);
  if (limited.length === 0) return ['In no sample was the load generator the limit.'];
  const counts = results.cells.flatMap(({ name }) => {
    const count = limited.filter(({ cell }) => cell === name).length;
    return count > 0 ? [`${name}: ${count} of ${results.samples.filter(({ cell }) => cell === name).length}`] : [];
  });
  return [
    `† The load generator was the limit in ${limited.length} of ${results.samples.length} samples: their throughput is the ` +
      `load's, their CPU time a message is still the server's. ${counts.join('; ')}.`,
  ];
}

function behind(data: Measurements): string[] {
  const counts = data.results.cells.flatMap((cell) => {
    const drivers = data.drivers(cell);
    const count = drivers.reduce((sum, driver) => sum + behindCount(data, cell, driver), 0);
    const all = drivers.reduce((sum, driver) => sum + data.samples(cell, driver).length, 0);
    return count > 0 ? [`${cell.name}: ${count} of ${all}`] : [];
  });
  if (counts.length === 0) return [];
  return [`‡ The server did not keep up with the rate or pace in some samples. ${counts.join('; ')}.`];
}

function missing({ results }: Measurements): string[] {
  return results.drivers.flatMap(({ label, missing: reason }) =>
    reason === undefined ? [] : [`Not measured: ${label}, since ${reason}.`],
  );
}

function absent(data: Measurements): string[] {
  return data.results.cells.flatMap((cell) => {
    const without = data.drivers(cell).filter((driver) => !data.spread(cell, driver, primaryFigure(cell)));
    if (without.length === 0) return [];
    return [`No sample: ${without.map(({ label }) => label).join('; ')} (${cell.name}).`];
  });
}

function errors({ results }: Measurements): string[] {
  return results.samples.flatMap(({ cell, driver, repetition, errors: found = [] }) =>
    found.length === 0
      ? []
      : [`Error: ${driver}, ${cell}, repetition ${compactNumber(repetition)}: ${found.join('; ')}`],
  );
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
