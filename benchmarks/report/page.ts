import type { Cell, Results } from '../harness/results.ts';
import { cellFigure, details } from './cell-figure.ts';
import { curveFigure, isOpenLoop } from './curve-figure.ts';
import { html, Markup } from './html.ts';
import type { Content } from './html.ts';
import { key } from './marks.ts';
import { familiesOf, Measurements } from './measurements.ts';
import { notices } from './notices.ts';
import { provenance } from './provenance.ts';
import { style } from './style.ts';
import { summaryHead, summaryRows } from './summary.ts';
import { sweepFigure } from './sweep-figure.ts';
import { sweepsOf } from './sweep.ts';
import { syscallFigure } from './syscall-figure.ts';
import { table } from './table.ts';

/** The whole report as one page that needs nothing else. */
export function page(results: Results): string {
  const data = new Measurements(results);
  const sections = results.workloads.map(({ name, about }) => ({
    name,
    about,
    cells: results.cells.filter((cell) => cell.workload === name),
  }));
  const present = sections.filter(({ cells }) => cells.length > 0);
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
          ${results.options.quick ? html`<p class="quick">A quick run: few repetitions and short windows. Good for a first look, not for conclusions.</p>` : ''}
          <dl>
            ${provenance(results).map(
              ([term, text]) =>
                html`<div>
                  <dt>${term}</dt>
                  <dd>${text}</dd>
                </div> `,
            )}
          </dl>
        </header>
        <main>
          <section>
            <h2>Summary</h2>
            <p>
              Medians. A ratio is the median of the ratios of each repetition, within this run: to C on the same
              mechanism, and of node:net to tripoll on epoll. CPU time is user and system time of the server’s whole
              process; less is better. A batch a turn is compared with the same lines one by one.
            </p>
            ${table('tripoll’s server against C and node:net', summaryHead, summaryRows(data))} ${notesOf(data)}
            ${contents(
              present.map(({ name }) => name),
              results.syscalls.length > 0,
            )}
          </section>
          <section>
            <h2>Plots</h2>
            ${key(results.drivers, familiesOf(results.drivers))}
          </section>
          ${present.map(
            ({ name, about, cells }) =>
              html`<section id="${idOf(name)}">
                <h2>${name}</h2>
                <p>${about}</p>
                ${workloadFigures(data, cells)}
              </section> `,
          )}
          ${syscalls(data)}
        </main>
      </body>
    </html> `.text;
}

const NOTES_SHOWN = 6;

function notesOf(data: Measurements): Content {
  const items = notices(data).map((text) => html`<li>${text}</li> `);
  const rest = items.slice(NOTES_SHOWN);
  return html`<ul class="notes">
      ${items.slice(0, NOTES_SHOWN)}
    </ul>
    ${
      rest.length > 0
        ? details(
            `${rest.length} more notes`,
            html`<ul class="notes">
              ${rest}
            </ul>`,
          )
        : ''
    }`;
}

function contents(names: readonly string[], withSyscalls: boolean): Markup {
  const all = withSyscalls ? [...names, SYSCALLS] : names;
  return html`<nav aria-label="Workloads">
    <ul>
      ${all.map((name) => html`<li><a href="#${idOf(name)}">${name}</a></li>`)}
    </ul>
  </nav>`;
}

function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

// Where cells are points of a line, the line comes first and they can be unfolded.
function workloadFigures(data: Measurements, cells: readonly Cell[]): Content {
  const sweeps = sweepsOf(cells);
  const swept = new Set(sweeps.flatMap((sweep) => sweep.cells));
  const lines = sweeps.map((sweep) => sweep.kind.figures.map((figure) => sweepFigure(data, sweep, figure)));
  const single = cells.filter((cell) => !swept.has(cell));
  const middle = sweeps.flatMap((sweep) => sweep.cells[(sweep.cells.length - 1) >> 1] ?? []);
  const curves = [...single, ...middle].filter(isOpenLoop).map((cell) => curveFigure(data, cell));
  const points = cells.filter((cell) => swept.has(cell));
  return [
    lines,
    curves,
    single.map((cell) => cellFigure(data, cell)),
    points.map((cell) =>
      details(cell.name, [
        isOpenLoop(cell) && !middle.includes(cell) ? curveFigure(data, cell) : undefined,
        cellFigure(data, cell),
      ]),
    ),
  ];
}

const SYSCALLS = 'System calls a message';

function syscalls(data: Measurements): Content {
  const plots = data.results.cells.map((cell) => syscallFigure(data, cell)).filter((plot) => plot !== undefined);
  if (plots.length === 0) return undefined;
  return html`<section id="${idOf(SYSCALLS)}">
    <h2>${SYSCALLS}</h2>
    <p>
      Counted by strace in runs of their own. strace slows the server down, so that a turn finds more fds ready than
      otherwise, and waits are fewer; events a turn (fds that a wait found ready) and waits are counted in other runs,
      at full speed.
    </p>
    <figure>
      <figcaption>${SYSCALLS}, by driver</figcaption>
      <div class="panels">${plots}</div>
    </figure>
  </section>`;
}
