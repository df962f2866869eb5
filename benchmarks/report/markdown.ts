import type { Results } from '../harness/results.ts';
import { formatNumber, formatRatio } from './html.ts';
import { Measurements, primaryFigure } from './measurements.ts';
import { notices } from './notices.ts';
import { provenance } from './provenance.ts';
import { summaryHead, summaryRows } from './summary.ts';
import { driversOf } from './sweep-figure.ts';
import { escapeMarkdown, markdownTable } from './table.ts';

/** The summary, for the README. */
export function summaryMarkdown(results: Results): string {
  const data = new Measurements(results);
  return `${markdownTable(summaryHead, summaryRows(data))}\n\n${origin(results)}\n`;
}

/** Every cell and driver, for the documentation. */
export function tablesMarkdown(results: Results): string {
  const data = new Measurements(results);
  const sections = results.workloads.flatMap(({ name, about }) => {
    const cells = results.cells.filter((cell) => cell.workload === name);
    if (cells.length === 0) return [];
    const tables = cells.map((cell) => {
      const figure = primaryFigure(cell);
      const rows = driversOf(data, [cell]).map((driver) => {
        const spread = data.spread(cell, driver, figure);
        return [
          driver.label,
          formatNumber(spread?.median),
          spread ? `${formatNumber(spread.min)}–${formatNumber(spread.max)}` : '–',
          formatRatio(data.ratioTo('C', figure, cell, driver)),
          formatRatio(data.ratioTo('node:net', figure, cell, driver, 'epoll')),
        ];
      });
      return markdownTable([cell.name, `${figure.title}, ${figure.unit}`, 'least–most', '× C', '× node:net'], rows);
    });
    return [`## ${escapeMarkdown(name)}`, escapeMarkdown(about), ...tables];
  });
  const notes = notices(data).map((text) => `- ${escapeMarkdown(text)}`);
  return `${[origin(results), notes.join('\n'), ...sections].join('\n\n')}\n`;
}

function origin(results: Results): string {
  return escapeMarkdown(
    provenance(results)
      .map(([term, text]) => `${term}: ${text}`)
      .join('; '),
  );
}
