import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { familiesOf, isFixedRate, Measurements } from '../harness/measurements.ts';
import { sources } from '../harness/paths.ts';
import { isPartOf } from '../harness/plan.ts';
import type { Cell, Results } from '../harness/results.ts';
import { Looks } from './chart.ts';
import { conclusion } from './conclusion.ts';
import { type Content, details, html, list, Markup, table } from './html.ts';
import { curveFigure, sweepFigure } from './line-figures.ts';
import { notices } from './notices.ts';
import { cellFigure, syscallFigure } from './row-figures.ts';
import { provenance, RATIOS_TEXT, summaryTables } from './summary.ts';
import { sweepsOf } from './sweep.ts';

// For the families that style.css has no colour for, its colours start again.
const COLORS = 8;
const NOTES_SHOWN = 6;
const SYSCALLS = 'System calls a message';

interface Section {
  readonly name: string;
  readonly about: string;
  readonly content: Content;
}

/**
 * The report as one page that loads nothing.
 * @param rawData The address of the results file, relative to the page.
 */
export function page(results: Results, rawData: string): string {
  const data = new Measurements(results);
  const looks = new Looks(results.drivers);
  const sections = sectionsOf(data, looks);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>tripoll benchmarks, ${results.date.slice(0, 10)}</title>
        <style>
          ${new Markup(style(familiesOf(results.drivers).length))}
        </style>
      </head>
      <body>
        <header>
          <h1>tripoll benchmarks</h1>
          ${results.options.extent === 'quick' ? html`<p class="quick">${QUICK_TEXT}</p>` : ''}
          <p>
            ${results.date.slice(0, 10)}, commit ${results.commit ?? 'unknown'};
            <a href="${rawData}">all samples</a> (${basename(rawData)})
          </p>
        </header>
        <main>
          <section id="conclusion">
            <h2>Conclusion</h2>
            ${conclusion(data).map((sentence) => html`<p class="conclusion">${sentence}</p>`)}
          </section>
          <nav aria-label="Contents">
            <h2>Contents</h2>
            ${list([...FIXED_SECTIONS, ...sections.map(({ name }) => name)].map((name) => html`<a href="#${idOf(name)}">${name}</a>`))}
          </nav>
          <section id="summary">
            <h2>Summary</h2>
            <p>${SUMMARY_TEXT} ${RATIOS_TEXT}</p>
            ${summaryTables(data).map(
              ({ title, about, head, rows }) =>
                html`<h3>${title}</h3>
                  ${about === '' ? '' : html`<p>${about}</p>`} ${table(title, head, rows)}`,
            )}
            ${notesOf(data)}
          </section>
          <section id="conditions">
            <h2>Conditions</h2>
            <dl>
              ${provenance(results).map(
                ([term, text]) =>
                  html`<div>
                    <dt>${term}</dt>
                    <dd>${text}</dd>
                  </div> `,
              )}
            </dl>
          </section>
          <section id="plots">
            <h2>Plots</h2>
            <p>${PLOTS_TEXT}</p>
            ${looks.legend()}
          </section>
          ${sections.map(
            ({ name, about, content }) =>
              html`<section id="${idOf(name)}">
                <h2>${name}</h2>
                <p>${about}</p>
                ${content}
              </section> `,
          )}
        </main>
      </body>
    </html> `.text;
}

const QUICK_TEXT =
  'A quick run: few repetitions and short windows. It is good for a first impression, and not for conclusions.';
const SUMMARY_TEXT =
  'CPU time is the user and system time of the whole server process. Less is better in each column. A batch a turn is compared with ' +
  'the same lines one by one.';
const PLOTS_TEXT =
  'The same server looks the same in each plot. A number beside a plot is exact; the plot shows how far the samples are apart.';
const FIXED_SECTIONS = ['Summary', 'Conditions', 'Plots'];
const SYSCALLS_TEXT =
  'strace counts the system calls in separate runs. It slows the server down, so a turn finds more ready fds and there are ' +
  'fewer waits than in the other runs. Events a turn (the fds that a wait finds ready) and waits are counted in other runs, at ' +
  'full speed.';

function sectionsOf(data: Measurements, looks: Looks): Section[] {
  const { workloads, cells } = data.results;
  const syscalls = syscallFigure(data, looks, `${SYSCALLS}, by driver`);
  return [
    ...workloads.flatMap(({ name, about }): Section[] => {
      const own = cells.filter((cell) => isPartOf(cell, name));
      return own.length > 0 ? [{ name, about, content: workloadFigures(data, looks, own) }] : [];
    }),
    ...(syscalls ? [{ name: SYSCALLS, about: SYSCALLS_TEXT, content: syscalls }] : []),
  ];
}

/** The sweeps come first; the reader can unfold the cells that are points of their lines. */
function workloadFigures(data: Measurements, looks: Looks, cells: readonly Cell[]): Content {
  const sweeps = sweepsOf(cells);
  const swept = new Set(sweeps.flatMap((sweep) => sweep.cells));
  const middle = sweeps.flatMap((sweep) => sweep.cells[sweep.cells.length >> 1] ?? []);
  const single = cells.filter((cell) => !swept.has(cell));
  return [
    sweeps.flatMap((sweep) => sweep.kind.figures.map((shown) => sweepFigure(data, looks, sweep, shown))),
    [...single, ...middle].filter(isFixedRate).map((cell) => curveFigure(data, looks, cell)),
    single.map((cell) => cellFigure(data, looks, cell)),
    cells
      .filter((cell) => swept.has(cell))
      .map((cell) => {
        const curve = isFixedRate(cell) && !middle.includes(cell) ? curveFigure(data, looks, cell) : undefined;
        return details(cell.name, [curve, cellFigure(data, looks, cell)]);
      }),
  ];
}

function notesOf(data: Measurements): Content {
  const all = notices(data);
  const more = all.slice(NOTES_SHOWN);
  return html`<div class="notes">
    ${list(all.slice(0, NOTES_SHOWN))} ${more.length > 0 ? details(`More notes: ${more.length}`, list(more)) : ''}
  </div>`;
}

function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function style(families: number): string {
  const others = Array.from({ length: Math.max(0, families - COLORS) }, (_, index) => index + COLORS);
  const variables = others.map((index) => `--f${index}:var(--f${index % COLORS});`);
  return `${readFileSync(join(sources, 'report/style.css'), 'utf8')}:root{${variables.join('')}}`;
}
