import { scaleLinear, scaleLog } from 'd3-scale';

import { compactNumber, html } from './html.ts';
import type { Markup } from './html.ts';
import { round } from './marks.ts';

/** Where values lie along one side of a plot. */
export interface Axis {
  readonly logarithmic: boolean;
  at(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

export type Range = readonly [from: number, to: number];

/** From this factor between the greatest and the least value on, an axis is logarithmic. */
const LOG_FROM = 5;
const HALF_CHARACTER = 3;
const LABEL_GAP = 5;

/** The axis that suits the values: from 0, or logarithmic where they lie far apart. */
export function axisFor(values: readonly number[], range: Range, logarithmic?: boolean): Axis {
  const positive = values.filter((value) => value > 0);
  const [least, most] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [1, 1];
  if (logarithmic ?? most / least >= LOG_FROM) return logAxis(least, most, range);
  const scale = scaleLinear([0, most * 1.04], range);
  return {
    logarithmic: false,
    at: (value) => scale(value),
    ticks: scale.ticks(4).map((value) => ({ at: scale(value), label: compactNumber(value) })),
  };
}

function logAxis(least: number, most: number, range: Range): Axis {
  const scale = scaleLog([least * 0.88, Math.max(most * 1.12, least * 2)], range);
  const values = ticksOf(scale.domain() as [number, number], Math.abs(range[1] - range[0]) / 34);
  return {
    logarithmic: true,
    at: (value) => scale(value),
    ticks: values.map((value) => ({ at: scale(value), label: compactNumber(value) })),
  };
}

/** Round values within a logarithmic domain: as fine steps as leave room for `most` labels. */
function ticksOf([from, to]: readonly [number, number], most: number): number[] {
  const decades = Array.from({ length: 24 }, (_, index) => 10 ** (index - 9));
  const steps = [[1, 1.5, 2, 3, 4, 5, 6, 8], [1, 2, 3, 5], [1, 2, 5], [1, 3], [1]];
  const candidates = steps.map((step) =>
    decades.flatMap((decade) => step.map((digit) => digit * decade)).filter((value) => value >= from && value <= to),
  );
  return candidates.find((ticks) => ticks.length <= most) ?? candidates.at(-1)!;
}

/** A logarithmic axis with labels at these values, where there is room for them. */
export function labelledAxis(labels: readonly (readonly [value: number, label: string])[], range: Range): Axis {
  const [from, to] = range;
  const positive = labels.map(([value]) => value).filter((value) => value > 0);
  const zero = positive.length < labels.length;
  const start = from + (to - from) * (zero ? 0.2 : 0.03);
  const scale = scaleLog([Math.min(...positive, 1e9), Math.max(...positive)], [start, to - 6]);
  const at = (value: number) => (value > 0 ? scale(value) : from + 8);
  let limit = Infinity;
  const ticks = labels.toReversed().flatMap(([value, label]) => {
    const half = label.length * HALF_CHARACTER;
    if (at(value) + half > limit) return [];
    limit = at(value) - half - LABEL_GAP;
    return [{ at: at(value), label }];
  });
  return { logarithmic: true, at, ticks };
}

/** Grid lines and labels below a plot. */
export function drawX(axis: Axis, top: number, bottom: number): Markup {
  return html`<path class="grid" d="${axis.ticks.map(({ at }) => `M${round(at)} ${top}V${bottom}`)}" />
    ${axis.ticks.map(({ at, label }) => html`<text class="tick" x="${round(at)}" y="${bottom + 14}" text-anchor="middle">${label}</text>`)}`;
}

/** Grid lines and labels left of a plot. */
export function drawY(axis: Axis, left: number, right: number): Markup {
  return html`<path class="grid" d="${axis.ticks.map(({ at }) => `M${left} ${round(at)}H${right}`)}" />
    ${axis.ticks.map(({ at, label }) => html`<text class="tick" x="${left - 5}" y="${round(at + 4)}" text-anchor="end">${label}</text>`)}`;
}
