import type { Driver } from '../harness/results.ts';
import { html } from './html.ts';
import type { Markup } from './html.ts';
import { familyIndex } from './measurements.ts';

/** How a driver looks in every plot: colour by family, shape and dashes by mechanism, fill by its place among equals. */
export interface Mark {
  readonly className: string;
  readonly mechanism: Driver['mechanism'];
}

const shapes: Readonly<Record<Driver['mechanism'], string>> = {
  select: 'm-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0z',
  poll: 'm-3.8 -3.8h7.6v7.6h-7.6z',
  epoll: 'm0 -5l4.9 8.4h-9.8z',
};

const fills = ['full', 'hollow', 'faint'];

export function markOf(driver: Driver, drivers: readonly Driver[]): Mark {
  const equals = drivers.filter(({ family, mechanism }) => family === driver.family && mechanism === driver.mechanism);
  const fill = fills[Math.min(equals.indexOf(driver), fills.length - 1)] ?? 'full';
  return { className: `f${familyIndex(driver.family, drivers)} ${fill}`, mechanism: driver.mechanism };
}

/** The path of a mechanism's shape around a point. */
export function shapeAt(mechanism: Driver['mechanism'], x: number, y: number): string {
  return `M${round(x)} ${round(y)}${shapes[mechanism]}`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A driver's name where its family or mechanism is said elsewhere: `C, epoll` is `epoll` below `C`. */
export function shortLabel(driver: Driver, without: 'family' | 'mechanism'): string {
  const said = wordsOf(driver[without]);
  const parts = driver.label.split(/,\s*/).filter((part) => !wordsOf(part).every((word) => said.includes(word)));
  return parts.join(' ') || driver.label;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[\s/,]+/);
}

/** Colours, shapes and dashes explained, once. */
export function key(drivers: readonly Driver[], families: readonly string[]): Markup {
  const swatch = (className: string, mechanism: Driver['mechanism'], line: boolean) =>
    html`<svg class="swatch ${className}" viewBox="0 0 34 12" aria-hidden="true">
      ${line ? html`<path class="line ${mechanism}" d="M0 6H34" />` : ''}
      <path class="mark" d="${shapeAt(mechanism, 17, 6)}" />
    </svg>`;
  return html`<ul class="key" aria-label="Key to all plots">
    ${families.map((family) => html`<li>${swatch(`f${familyIndex(family, drivers)} full`, 'select', false)} ${family}</li>`)}
    <li class="gap">${swatch('ink full', 'select', true)} select</li>
    <li>${swatch('ink full', 'poll', true)} poll</li>
    <li>${swatch('ink full', 'epoll', true)} epoll</li>
    <li class="gap">Hollow: another driver of the same family and mechanism</li>
    <li>Thin strokes: every sample</li>
    <li>†: the load generator was the limit in some samples</li>
    <li>‡: the server did not keep up with the rate or pace in some samples</li>
  </ul>`;
}
