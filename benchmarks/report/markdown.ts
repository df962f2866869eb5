import { Measurements } from '../harness/measurements.ts';
import { legendOf, marksOf } from '../harness/pace.ts';
import type { Cell, Results } from '../harness/results.ts';
import { INTERVAL_TEXT } from '../harness/spread.ts';
import { columnsOf } from './cell-table.ts';
import { conclusion } from './conclusion.ts';
import { driversOf } from './line-figures.ts';
import { notices } from './notices.ts';
import { provenance, RATIOS_TEXT, summaryTables } from './summary.ts';

/** The conclusion and the first tables, for the README and the documentation. */
export function summaryMarkdown(results: Results): string {
  const data = new Measurements(results);
  const tables = summaryTables(data).flatMap(({ title, about, head, rows }) => [
    `### ${title}`,
    ...(about === '' ? [] : [escape(about)]),
    table(head, rows),
  ]);
  const sentences = conclusion(data).map(escape).join(' ');
  const text = [sentences, ...tables].join('\n\n');
  return `${[text, escape(RATIOS_TEXT), ...legendOf(text), origin(results)].join('\n\n')}\n`;
}

/** The tables of all cells, for the documentation. */
export function tablesMarkdown(results: Results): string {
  const data = new Measurements(results);
  const sections = results.workloads.flatMap(({ name, about }) => {
    const cells = results.cells.filter((cell) => cell.workload === name);
    if (cells.length === 0) return [];
    return [`## ${escape(name)}`, escape(about), ...cells.map((cell) => cellTable(data, cell))];
  });
  const notes = notices(data).map((text) => `- ${escape(text)}`);
  return `${[origin(results), notes.join('\n'), escape(INTERVAL_TEXT), ...sections].join('\n\n')}\n`;
}

function cellTable(data: Measurements, cell: Cell): string {
  const columns = columnsOf(data, cell).filter(({ isImportant }) => isImportant);
  const rows = driversOf(data, [cell]).map((driver) => [
    `${driver.label} ${marksOf(cell, data.samples([cell, driver]))}`.trim(),
    ...columns.map((column) => column.of([cell, driver])),
  ]);
  return table([cell.name, ...columns.map(({ head }) => head)], rows);
}

function origin(results: Results): string {
  const facts = provenance(results).map(([term, text]) => `${term}: ${text}`);
  return escape(facts.join('; '));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escape).join(' | ')} |`;
  const rule = `| ${head.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

function escape(text: string): string {
  return text.replace(/[\\|<>*_`[\]]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}
