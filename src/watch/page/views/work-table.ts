import type { View } from '../model/session.ts';
import { countText, numberText } from '../model/texts.ts';
import type { Work, WorkByCall } from '../model/work.ts';
import { h } from './dom.ts';

const CALLS = ['select', 'poll', 'epoll'] as const;
type Call = (typeof CALLS)[number];

const bytes = (count: number): string => countText(count, 'byte');

const ROWS: readonly (readonly [keyof Work, string, (count: number, call: Call) => string])[] = [
  ['calls', 'calls made', numberText],
  ['walked', 'goes through', (count, call) => countText(count, { select: 'bit', poll: 'row', epoll: 'item' }[call])],
  ['checked', 'checks an fd', (count) => countText(count, 'time')],
  ['copiedIn', 'copies in', bytes],
  ['copiedOut', 'copies out', bytes],
  ['ctl', 'epoll_ctl calls', numberText],
];

const NOTE =
  'Each call counts as one check of what it watches. When select and poll have slept, they check all of it once more. epoll only checks its ready list, on which the fds of the last result still are.';

/** The work of the kernel for a turn and for all turns so far, with each of the three calls. */
export function workTables({ work, total }: View['state'], tab: string, isShown: boolean): HTMLElement {
  return h(
    'div.work',
    { 'data-tab': tab },
    workTable("The kernel's work in this turn, computed from the trace", 'turn', isShown ? work : undefined),
    totalDetails(workTable('', 'total', isShown ? total : undefined)),
    h('p.faint', {}, NOTE),
  );
}

// The panel is built again for each turn, so this is kept here.
let isTotalOpen = false;

function totalDetails(table: HTMLElement): HTMLElement {
  const details = h('details.total', {}, h('summary', {}, 'In all recorded turns so far'), table) as HTMLDetailsElement;
  details.open = isTotalOpen;
  details.addEventListener('toggle', () => {
    isTotalOpen = details.open;
  });
  return details;
}

function workTable(title: string, name: string, work: WorkByCall | undefined): HTMLElement {
  const head = CALLS.map((call) => h('th', { scope: 'col', 'data-column': call }, call));
  const rows = ROWS.map(([key, label, text]) => {
    const highest = Math.max(1, ...CALLS.map((call) => work?.[call][key] ?? 0));
    const cells = CALLS.map((call) => {
      const count = work?.[call][key];
      const attributes = { 'data-work': `${name}-${call}-${key}`, 'data-column': call, 'data-count': count };
      if (count === undefined) return h('td.faint', attributes, '…');
      return h('td', { ...attributes, '--part': (count / highest).toFixed(3) }, text(count, call));
    });
    return h('tr', {}, h('th', { scope: 'row' }, label), ...cells);
  });
  const body = h('tbody', {}, ...rows);
  return h('table', {}, title !== '' && h('caption', {}, title), h('thead', {}, h('tr', {}, h('td'), ...head)), body);
}
