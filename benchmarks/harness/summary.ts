import { baselinesOf, figuresOf, partsOf, ratios, samplesOf, significant, spreadText } from './figures.ts';
import { legendOf, marksOf } from './pace.ts';
import type { Cell, Driver, Results } from './results.ts';
import { median } from './statistics.ts';
import { alignColumns } from './table.ts';

/** The main table as plain text: the figures of each cell, and ratios of the same repetition; medians, least and most. */
export function summarize(results: Results): string {
  const tables = results.cells.map((cell) => tableOf(results, cell)).filter((table) => table !== '');
  return [
    'Medians (least–most); × is a ratio of CPU time in the same repetition: less is better.',
    ...tables,
    ...legendOf(tables.join('')),
  ].join('\n\n');
}

function tableOf(results: Results, cell: Cell): string {
  const figures = figuresOf(cell);
  const [main] = figures;
  const of = (driver: Driver): number =>
    median(samplesOf(results, cell, driver, main).map((sample) => main.of(sample)!));
  const drivers = results.drivers
    .filter((driver) => samplesOf(results, cell, driver, main).length > 0)
    .sort((a, b) => of(a) - of(b));
  if (drivers.length === 0) return '';
  const [baselines, parts] = [baselinesOf(cell), partsOf(cell)];
  const head = [
    cell.name,
    ...figures.map(({ name, unit }) => `${name}, ${unit}`),
    ...parts.map(({ name, unit }) => `${name}, ${unit}`),
    ...baselines.map(({ name }) => `× ${name}`),
  ];
  const rows = drivers.map((driver) => [
    `  ${driver.label}${marked(results, cell, driver)}`,
    ...figures.map((figure) =>
      spreadText(samplesOf(results, cell, driver, figure).map((sample) => figure.of(sample)!)),
    ),
    ...parts.map((part) => medianText(samplesOf(results, cell, driver, part).map((sample) => part.of(sample)!))),
    ...baselines.map((baseline) => spreadText(ratios(results, cell, driver, baseline, main))),
  ]);
  return alignColumns([head, ...rows]);
}

function marked({ samples }: Results, cell: Cell, driver: Driver): string {
  const marks = marksOf(
    cell,
    samples.filter((sample) => sample.cell === cell.name && sample.driver === driver.name),
  );
  return marks === '' ? '' : ` ${marks}`;
}

function medianText(values: readonly number[]): string {
  return values.length === 0 ? '' : significant(median(values));
}
