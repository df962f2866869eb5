import { hasCrowd, type Measurements, primaryFigure } from '../harness/measurements.ts';
import { disturbanceTexts } from '../harness/disturbance.ts';
import { percent } from '../harness/numbers.ts';
import type { Cell } from '../harness/results.ts';
import { median } from '../harness/statistics.ts';

/** Sentences that a reader should know before the numbers. */
export function notices(data: Measurements): string[] {
  const { drivers, samples } = data.results;
  const missing = drivers.filter((driver) => driver.missing !== undefined);
  return [
    ...spreadNotice(data),
    ...disturbanceTexts(data.results),
    limitNotice(data),
    ...behindNotice(data),
    ...missing.map(({ label, missing: reason }) => `Not measured: ${label}, because ${reason}.`),
    ...withoutSamples(data),
    ...samples
      .filter(({ errors = [] }) => errors.length > 0)
      .map(
        ({ cell, driver, repetition, errors = [] }) =>
          `Error: ${driver}, ${cell}, repetition ${repetition}: ${errors.join('; ')}`,
      ),
  ];
}

function spreadNotice(data: Measurements): string[] {
  const widths = data.results.cells
    .filter((cell) => !hasCrowd(cell))
    .flatMap((cell) =>
      data.drivers(cell).flatMap((driver) => {
        const spread = data.spread([cell, driver], primaryFigure(cell));
        if (!spread || spread.values.length < 2 || spread.median <= 0) return [];
        return [{ cell, driver, width: (spread.max - spread.min) / spread.median }];
      }),
    )
    .toSorted((a, b) => b.width - a.width);
  const [widest] = widths;
  if (!widest) return [];
  return [
    `Spread of CPU time (or memory) over the repetitions, (largest − smallest) ÷ median: in the ${widths.length} pairs of cell ` +
      `and driver it is ${percent(median(widths.map(({ width }) => width)))} in the median and ` +
      `${percent(widest.width)} in the worst case (${widest.driver.label}; ${widest.cell.name}). ` +
      'Smaller differences say nothing.',
  ];
}

function limitNotice(data: Measurements): string {
  const limited = data.results.samples.filter((sample) => sample.limitedByLoad).length;
  if (limited === 0) return 'The load generator was the limit in no sample.';
  const cells = countsByCell(data, (cell) =>
    data.drivers(cell).reduce((sum, driver) => sum + data.limitedCount([cell, driver]), 0),
  );
  return (
    `† The load generator was the limit in ${limited} of ${data.results.samples.length} samples: their throughput is that of ` +
    `the load, and their CPU time a message is still that of the server. ${cells.join('; ')}.`
  );
}

function behindNotice(data: Measurements): string[] {
  const cells = countsByCell(data, (cell) =>
    data.drivers(cell).reduce((sum, driver) => sum + data.behindCount([cell, driver]), 0),
  );
  if (cells.length === 0) return [];
  return [`‡ The server did not keep up with the rate or pace in some samples. ${cells.join('; ')}.`];
}

/** `echo, 1 connection: 2 of 85`, for each cell with a count above 0. */
function countsByCell({ results }: Measurements, count: (cell: Cell) => number): string[] {
  return results.cells.flatMap((cell) => {
    const all = results.samples.filter((sample) => sample.cell === cell.name).length;
    return count(cell) > 0 ? [`${cell.name}: ${count(cell)} of ${all}`] : [];
  });
}

function withoutSamples(data: Measurements): string[] {
  return data.results.cells.flatMap((cell) => {
    const without = data.drivers(cell).filter((driver) => !data.spread([cell, driver], primaryFigure(cell)));
    if (without.length === 0) return [];
    return [`No sample: ${without.map(({ label }) => label).join('; ')} (${cell.name}).`];
  });
}
