import { legendOf, marksOf } from '../harness/pace.ts';
import type { Cell, Results } from '../harness/results.ts';
import { formatNumber, formatRatio } from './html.ts';
import { figures, Measurements, primaryFigure } from './measurements.ts';
import { notices } from './notices.ts';
import { provenance } from './provenance.ts';
import { summaryHead, summaryRows } from './summary.ts';
import { driversOf } from './sweep-figure.ts';
import { escapeMarkdown, markdownTable } from './table.ts';

/** The summary, for the README. */
export function summaryMarkdown(results: Results): string {
  const table = markdownTable(summaryHead, summaryRows(new Measurements(results)));
  return `${[table, ...legendOf(table), origin(results)].join('\n\n')}\n`;
}

/** Every cell and driver, for the documentation. */
export function tablesMarkdown(results: Results): string {
  const data = new Measurements(results);
  const sections = results.workloads.flatMap(({ name, about }) => {
    const cells = results.cells.filter((cell) => cell.workload === name);
    if (cells.length === 0) return [];
    const tables = cells.map((cell) => cellTable(data, cell));
    return [`## ${escapeMarkdown(name)}`, escapeMarkdown(about), ...tables];
  });
  const notes = notices(data).map((text) => `- ${escapeMarkdown(text)}`);
  return `${[origin(results), notes.join('\n'), ...sections].join('\n\n')}\n`;
}

function cellTable(data: Measurements, cell: Cell): string {
  const figure = primaryFigure(cell);
  const drivers = driversOf(data, [cell]);
  const parts = [figures.user, figures.system].filter((part) =>
    drivers.some((driver) => data.spread(cell, driver, part)),
  );
  const withEvents = drivers.some((driver) => data.waits(cell, driver));
  const rows = drivers.map((driver) => {
    const spread = data.spread(cell, driver, figure);
    const marks = marksOf(cell, data.samples(cell, driver));
    return [
      `${driver.label}${marks === '' ? '' : ` ${marks}`}`,
      formatNumber(spread?.median),
      spread ? `${formatNumber(spread.min)}–${formatNumber(spread.max)}` : '–',
      ...parts.map((part) => formatNumber(data.spread(cell, driver, part)?.median)),
      formatRatio(data.ratioTo('C', figure, cell, driver)),
      formatRatio(data.ratioTo('node:net', figure, cell, driver, 'epoll')),
      ...(withEvents ? [formatNumber(data.waits(cell, driver)?.eventsATurn)] : []),
    ];
  });
  const titles = parts.map(({ title, unit }) => `${title}, ${unit}`);
  const ratios = ['× C', '× node:net', ...(withEvents ? ['Events a turn'] : [])];
  const head = [cell.name, `${figure.title}, ${figure.unit}`, 'least–most', ...titles, ...ratios];
  return markdownTable(head, rows);
}

function origin(results: Results): string {
  return escapeMarkdown(
    provenance(results)
      .map(([term, text]) => `${term}: ${text}`)
      .join('; '),
  );
}
