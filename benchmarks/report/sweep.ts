import type { Cell } from '../harness/results.ts';
import { formatRatio } from './html.ts';
import { familiesOf, figures, mechanisms } from './measurements.ts';
import type { Figure, Measurements, Spread } from './measurements.ts';

/** Cells that differ in one number only, which becomes the x of a plot. */
export interface Sweep {
  readonly kind: SweepKind;
  /** What they have in common, as text; '' where it says nothing. */
  readonly fixed: string;
  /** By that number. */
  readonly cells: readonly Cell[];
}

/** What a number that is varied shows, and how. */
export interface SweepKind {
  readonly parameter: string;
  readonly title: string;
  readonly xLabel: string;
  readonly figures: readonly Figure[];
  /** One plot for each, so that its lines are those to compare. */
  readonly panels: 'family' | 'mechanism';
}

const kinds: readonly SweepKind[] = [
  {
    parameter: 'idle',
    title: 'Cost against idle clients',
    xLabel: 'idle clients',
    figures: [figures.cpu],
    panels: 'family',
  },
  {
    parameter: 'rate',
    title: 'Latency against offered rate',
    xLabel: 'messages offered a second',
    figures: [figures.p50, figures.p99],
    panels: 'mechanism',
  },
  { parameter: 'sockets', title: 'Cost of one call', xLabel: 'fds', figures: [figures.call], panels: 'mechanism' },
];

/** The sweeps among some cells. */
export function sweepsOf(cells: readonly Cell[]): Sweep[] {
  return kinds.flatMap((kind) => {
    const swept = cells.filter((cell) => cell.kind !== 'memory' && typeof cell.parameters[kind.parameter] === 'number');
    const groups = new Map<string, Cell[]>();
    for (const cell of swept) {
      const fixed = othersOf(cell, kind.parameter);
      groups.set(fixed, [...(groups.get(fixed) ?? []), cell]);
    }
    return [...groups]
      .filter(([, members]) => members.length > 1)
      .map(([fixed, members]): Sweep => {
        const ordered = members.toSorted((a, b) => xOf(kind, a) - xOf(kind, b));
        return { kind, fixed: groups.size > 1 ? fixed : '', cells: ordered };
      });
  });
}

export function xOf(kind: SweepKind, cell: Cell): number {
  return Number(cell.parameters[kind.parameter]);
}

function othersOf(cell: Cell, parameter: string): string {
  const others = Object.entries(cell.parameters).filter(([name]) => name !== parameter);
  return [...(cell.kind === 'call' ? [] : [cell.role]), ...others.map(([name, value]) => `${name} ${value}`)].join(
    ', ',
  );
}

/** How the mechanisms of each family compare at both ends, and where they cross: a sentence a family. */
export function crossovers(data: Measurements, sweep: Sweep): string[] {
  const figure = sweep.kind.figures[0]!;
  return familiesOf(data.results.drivers).flatMap((family) => {
    const costs = mechanisms.map((mechanism) =>
      sweep.cells.map((cell) => {
        const driver = data.find(cell, family, mechanism);
        return driver && data.spread(cell, driver, figure);
      }),
    );
    const texts = pairs.flatMap(([one, other]) => {
      const common = sweep.cells.flatMap((cell, index): Comparison[] => {
        const [a, b] = [costs[one]![index], costs[other]![index]];
        return a && b && a.median > 0 && b.median > 0 ? [{ x: xOf(sweep.kind, cell), a, b }] : [];
      });
      return common.length > 1 ? [compare(mechanisms[one], mechanisms[other], common)] : [];
    });
    return texts.length > 0 ? [`${family}, by ${sweep.kind.xLabel}: ${texts.join('; ')}.`] : [];
  });
}

const pairs = [
  [0, 2],
  [1, 2],
  [0, 1],
] as const;

interface Comparison {
  readonly x: number;
  readonly a: Spread;
  readonly b: Spread;
}

function compare(one: string, other: string, points: readonly Comparison[]): string {
  const cheaper = ({ a, b }: Comparison) => (a.max < b.min ? one : b.max < a.min ? other : undefined);
  const ends = [points[0]!, points.at(-1)!].map((point) => {
    const factor = Math.exp(Math.abs(Math.log(point.a.median / point.b.median)));
    const name = cheaper(point);
    const verdict = name ? `${name} ${formatRatio(factor)} cheaper` : 'no clear difference';
    return `${verdict} at ${formatX(point.x)}`;
  });
  const unclear = points.every((point) => cheaper(point) === undefined);
  const texts = unclear ? ['no clear difference'] : [...ends, ...crossing(points, cheaper)];
  return `${one} and ${other}: ${texts.join(', ')}`;
}

// Within two points each cost is taken as a line: a call pays for each fd alike.
function crossing(points: readonly Comparison[], cheaper: (point: Comparison) => string | undefined): string[] {
  const clear = points.filter((point) => cheaper(point) !== undefined);
  const after = clear.findIndex((point, index) => index > 0 && cheaper(point) !== cheaper(clear[index - 1]!));
  if (after < 0) return [];
  const [from, to] = [clear[after - 1]!, clear[after]!];
  const [before, behind] = [from, to].map(({ a, b }) => a.median - b.median) as [number, number];
  const x = from.x + ((to.x - from.x) * before) / (before - behind);
  return [`equal at about ${formatX(Number(x.toPrecision(2)))}`];
}

function formatX(x: number): string {
  return x.toLocaleString('en-US');
}
