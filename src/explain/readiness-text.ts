import { isDeepStrictEqual } from 'node:util';

import { columns, paragraph } from './columns.ts';
import { countDiffering, KNOWN_KERNEL, machineText, type MeasuredGroup } from './readiness.ts';
import type { After, Row } from './run.ts';
import { outcomeText, stepText } from './step-text.ts';
import type { Measured } from './step.ts';

const HEAD = ['', 'condition', 'select', 'poll', 'mask 0', 'epoll'];
const CONDITION = 1;
const INDENT = '      ';
const MOST_COLUMNS = 120;

const LEGEND = [
  ['select', 'the sets it comes back in: r readable, w writable, x exceptional, - not'],
  ['poll', 'revents, asked for IN, PRI, OUT and RDHUP; 0 for none'],
  ['mask 0', 'revents, asked for nothing: what poll reports in any case'],
  ['epoll', '"same": level-triggered, it reports what poll does; else what it reports, or the error'],
  ['!', `not what ${KNOWN_KERNEL} gives, which stands below it`],
];

/** How the table is written. */
export interface TableOptions {
  /** The characters in a line; Infinity for a line a row. */
  readonly width: number;
  /** Whether to say how each row was made, and what calls give then. */
  readonly steps: boolean;
}

/**
 * The table of what is ready when.
 * @param measured What was measured.
 * @param options How to write it.
 * @returns The text.
 */
export function readinessText(measured: readonly MeasuredGroup[], options: TableOptions): string {
  const rows = measured.flatMap((group) => group.rows);
  const cells = rows.flatMap((row) => [cellsOf(row), ...(isWrong(row) ? [expectedCells(row)] : [])]);
  const [head = '', ...texts] = columns([HEAD, ...cells], CONDITION, options.width);
  const lines = measured.flatMap((group) => [
    '',
    group.title,
    ...group.rows.flatMap((row) => [...texts.splice(0, isWrong(row) ? 2 : 1), ...details(row, options)]),
  ]);
  const legend = columns(LEGEND, 1, options.width);
  return [
    `What is ready when, on ${machineText()}:`,
    '',
    head,
    ...lines,
    '',
    ...legend,
    '',
    verdict(measured),
    '',
  ].join('\n');
}

function verdict(measured: readonly MeasuredGroup[]): string {
  const count = measured.flatMap(({ rows }) => rows).length;
  const differing = countDiffering(measured);
  const all = `${count} ${count === 1 ? 'scenario' : 'scenarios'}`;
  return differing === 0 ? `${all}, all as on ${KNOWN_KERNEL}.` : `${all}, ${differing} not as on ${KNOWN_KERNEL}.`;
}

function isWrong({ measured, scenario }: Row): boolean {
  return measured !== undefined && !isDeepStrictEqual(measured, scenario.expected);
}

function cellsOf({ scenario, measured, differs }: Row): string[] {
  const values = measured === undefined ? ['?', '?', '?', '?'] : valuesOf(measured);
  return [differs ? '!' : '', scenario.name, ...values];
}

function expectedCells({ scenario }: Row): string[] {
  return ['', `on ${KNOWN_KERNEL}:`, ...valuesOf(scenario.expected)];
}

function valuesOf([select, poll, poll0, epoll, epoll0]: Measured): string[] {
  const same = poll === epoll && poll0 === epoll0;
  const own = epoll === epoll0 ? epoll : `${epoll} / ${epoll0}`;
  return [select, poll, poll0].map((text) => (text === '' ? '0' : text)).concat(same ? 'same' : own);
}

function details({ scenario, failure, after }: Row, { width, steps }: TableOptions): string[] {
  const wrong = after.filter(({ gave, expected }) => !isDeepStrictEqual(gave, expected));
  const texts = [
    ...(failure === undefined ? [] : [`cannot be made here: ${failure}`]),
    ...(steps ? [`made by ${scenario.steps.map(stepText).join(', ')}`] : []),
    ...(steps ? after : wrong).map(afterText),
  ];
  return texts.map((text) => paragraph(text, INDENT, Math.min(width, MOST_COLUMNS)));
}

function afterText({ step, gave, expected }: After): string {
  const differs = isDeepStrictEqual(gave, expected) ? '' : `, not ${outcomeText(expected)}`;
  return `then ${stepText(step)} gives ${outcomeText(gave)}${differs}`;
}
