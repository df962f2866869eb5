import { familiesOf, type Figure, figures, groupBy, type Measurements, mechanisms } from '../harness/measurements.ts';
import { formatRatio } from '../harness/numbers.ts';
import type { Cell } from '../harness/results.ts';

export type References = 'servers' | 'C' | 'node:net';

/** Cells that differ only in one number, which becomes the x axis of a figure. */
export interface Sweep {
  readonly kind: SweepKind;
  /** The parameters that the cells have in common, as text. It is empty when there is only one sweep of the kind. */
  readonly fixed: string;
  /** In ascending order of the number. */
  readonly cells: readonly Cell[];
}

export interface SweepKind {
  /** The name of the number that varies. */
  readonly parameter: string;
  readonly title: string;
  readonly xLabel: string;
  readonly figures: readonly Figure[];
  /** What the plot shows, for a reader who sees it for the first time. */
  readonly about: string;
  /** The lines that a reader compares are in one panel. */
  readonly panels: 'family' | 'mechanism';
  /** The grey lines in each panel: all of a family, or tripoll, C and node:net on epoll. */
  readonly references: References;
}

const kinds: readonly SweepKind[] = [
  {
    parameter: 'idle',
    title: 'Cost against idle clients',
    xLabel: 'idle clients',
    about: 'What 64 busy clients pay for others that are silent. A flat line pays nothing for them. Lower is better.',
    figures: [figures.cpu],
    panels: 'family',
    references: 'C',
  },
  {
    parameter: 'rate',
    title: 'By offered rate',
    xLabel: 'messages offered a second',
    about:
      'The load sends at the same rate to each server, even when the server is late. To the left a turn finds one event, and a message ' +
      'pays for the whole wait; to the right several messages share it. Lower is better.',
    figures: [figures.cpu, figures.p50, figures.p99],
    panels: 'family',
    references: 'servers',
  },
  {
    parameter: 'sockets',
    title: 'Cost of one call',
    xLabel: 'fds',
    about: 'One call that finds nothing ready, over more and more sockets. Lower is better.',
    figures: [figures.call],
    panels: 'mechanism',
    references: 'node:net',
  },
];

export function sweepsOf(cells: readonly Cell[]): Sweep[] {
  return kinds.flatMap((kind) => {
    const swept = cells.filter((cell) => cell.kind !== 'memory' && typeof cell.parameters[kind.parameter] === 'number');
    const groups = groupBy(swept, (cell) => otherParameters(cell, kind.parameter));
    return [...groups]
      .filter(([, members]) => members.length > 1)
      .map(([fixed, members]): Sweep => ({
        kind,
        fixed: groups.size > 1 ? fixed : '',
        cells: members.toSorted((a, b) => xOf(kind, a) - xOf(kind, b)),
      }));
  });
}

export function xOf(kind: SweepKind, cell: Cell): number {
  return Number(cell.parameters[kind.parameter]);
}

/** One sentence for each family: which mechanism is cheaper at both ends of a sweep, and where their costs are equal. */
export function crossovers(data: Measurements, sweep: Sweep): string[] {
  const pairs = [
    ['select', 'epoll'],
    ['poll', 'epoll'],
    ['select', 'poll'],
  ] as const;
  return familiesOf(data.results.drivers).flatMap((family) => {
    const texts = pairs.flatMap(([one, other]) => {
      const points = comparisons(data, sweep, family, one, other);
      return points.length > 1 ? [`${one} and ${other}: ${comparisonText(points)}`] : [];
    });
    return texts.length > 0 ? [`${family}, by ${sweep.kind.xLabel}: ${texts.join('; ')}.`] : [];
  });
}

type Mechanism = (typeof mechanisms)[number];

/** How the costs of two mechanisms compare at one x. */
interface Comparison {
  readonly x: number;
  /** The difference of the medians. */
  readonly difference: number;
  /** How many times as much the more expensive one costs. */
  readonly factor: number;
  /** Undefined when the samples of the two overlap. */
  readonly cheaper: Mechanism | undefined;
}

function comparisons(
  data: Measurements,
  { kind, cells }: Sweep,
  family: string,
  one: Mechanism,
  other: Mechanism,
): Comparison[] {
  return cells.flatMap((cell): Comparison[] => {
    const [first, second] = [one, other].map((mechanism) => {
      const driver = data.find(cell, family, mechanism);
      return driver && data.spread([cell, driver], kind.figures[0]!);
    });
    if (!first || !second || first.median <= 0 || second.median <= 0) return [];
    const ratio = first.median / second.median;
    return [
      {
        x: xOf(kind, cell),
        difference: first.median - second.median,
        factor: Math.max(ratio, 1 / ratio),
        cheaper: first.max < second.min ? one : second.max < first.min ? other : undefined,
      },
    ];
  });
}

function comparisonText(points: readonly Comparison[]): string {
  const clear = points.filter(({ cheaper }) => cheaper !== undefined);
  if (clear.length === 0) return 'no clear difference';
  const ends = [points[0]!, points.at(-1)!].map(({ x, factor, cheaper }) => {
    const verdict = cheaper ? `${cheaper} ${formatRatio(factor)} cheaper` : 'no clear difference';
    return `${verdict} at ${x.toLocaleString('en-US')}`;
  });
  const after = clear.findIndex(({ cheaper }, index) => index > 0 && cheaper !== clear[index - 1]!.cheaper);
  if (after < 0) return ends.join(', ');
  // Between two points each cost counts as a straight line, because a call costs the same for each additional fd.
  const [from, to] = [clear[after - 1]!, clear[after]!];
  const x = from.x + ((to.x - from.x) * from.difference) / (from.difference - to.difference);
  return `${ends.join(', ')}, equal at about ${Number(x.toPrecision(2)).toLocaleString('en-US')}`;
}

function otherParameters({ kind, role, parameters }: Cell, varied: string): string {
  const others = Object.entries(parameters).filter(([name]) => name !== varied);
  return [...(kind === 'call' ? [] : [role]), ...others.map(([name, value]) => `${name} ${value}`)].join(', ');
}
