import { isDeepStrictEqual } from 'node:util';

import { columns, paragraph } from './columns.ts';
import { countDiffering, KNOWN_KERNEL, machineText, type MeasuredGroup } from './readiness.ts';
import type { After, Row } from './run.ts';
import { outcomeText, stepText } from './step-text.ts';
import type { Measured } from './step.ts';

const HEAD = ['', 'condition', 'select', 'poll', 'mask 0', 'epoll'];
const CONDITION = 1;
const INDENT = '      ';
const MAX_COLUMNS = 120;

const LEGEND = [
  ['select', 'the sets that contain it: r readable, w writable, x exceptional, - none'],
  ['poll', 'the events that poll reports when asked for IN, PRI, OUT and RDHUP; 0 if none'],
  ['mask 0', 'the events that poll reports when asked for none: it always reports these'],
  ['epoll', '"same" if level-triggered epoll reports the same events as poll; otherwise its events, or its error'],
  ['!', `differs from ${KNOWN_KERNEL}, whose result is in the next line`],
];

export interface TableOptions {
  /** The number of characters in a line; Infinity keeps each row in one line. */
  readonly width: number;
  /** Whether to print how each row was made, and the results of the calls after the measurement. */
  readonly steps: boolean;
}

/** Writes the table of what is ready when. */
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
  return differing === 0
    ? `${all}: no difference from ${KNOWN_KERNEL}.`
    : `${all}: ${differing} ${differing === 1 ? 'differs' : 'differ'} from ${KNOWN_KERNEL}.`;
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
  return texts.map((text) => paragraph(text, INDENT, Math.min(width, MAX_COLUMNS)));
}

function afterText({ step, gave, expected }: After): string {
  const differs = isDeepStrictEqual(gave, expected) ? '' : `, expected ${outcomeText(expected)}`;
  return `then ${stepText(step)}: ${outcomeText(gave)}${differs}`;
}
