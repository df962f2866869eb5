import { h } from './dom.ts';
import { countText, numberText } from '../model/event-kinds.ts';
import type { View } from '../model/view.ts';
import type { Work, WorkOf } from '../model/work.ts';

const CALLS = ['select', 'poll', 'epoll'] as const;
type Call = (typeof CALLS)[number];

const WORK_ROWS: readonly (readonly [keyof Work, string, (count: number, call: Call) => string])[] = [
  ['calls', 'waiting calls', plain],
  ['walked', 'goes through', (count, call) => countText(count, { select: 'bit', poll: 'slot', epoll: 'item' }[call])],
  ['checked', 'asks an fd for its state', (count) => countText(count, 'time')],
  ['copiedIn', 'copies in', (count) => countText(count, 'byte')],
  ['copiedOut', 'copies out', (count) => countText(count, 'byte')],
  ['ctl', 'epoll_ctl calls', plain],
];

function plain(count: number): string {
  return numberText(count);
}

/**
 * The work that the kernel did for a turn and for all so far, by each of the three calls.
 * @param state The turn.
 * @param tab Which call the reader looks at.
 * @param returned Whether the call has returned.
 * @returns Two tables.
 */
export function workView(state: View['state'], tab: string, returned: boolean): HTMLElement {
  const { work, total } = state;
  return h(
    'div.work',
    { 'data-tab': tab },
    workTable("The kernel's work in this turn, computed from the trace", 'turn', returned ? work : undefined),
    totalDetails(workTable('', 'total', returned ? total : undefined)),
    h(
      'p.faint',
      {},
      'One look at what is asked is counted. select and poll look again when they have slept; epoll looks at its ready list only, where what was returned last time is looked at once more.',
    ),
  );
}

// The panel is built anew with each turn: what the reader has opened stays open.
let totalIsOpen = false;

function totalDetails(table: HTMLElement): HTMLElement {
  const details = h('details.total', {}, h('summary', {}, 'In all recorded turns so far'), table) as HTMLDetailsElement;
  details.open = totalIsOpen;
  details.addEventListener('toggle', () => {
    totalIsOpen = details.open;
  });
  return details;
}

function workTable(title: string, name: string, work: WorkOf | undefined): HTMLElement {
  const head = CALLS.map((call) => h('th', { scope: 'col', 'data-column': call }, call));
  const rows = WORK_ROWS.map(([key, label, text]) => {
    const most = Math.max(1, ...CALLS.map((call) => work?.[call][key] ?? 0));
    const cells = CALLS.map((call) => {
      const count = work?.[call][key];
      const attributes = { 'data-work': `${name}-${call}-${key}`, 'data-column': call, 'data-count': count };
      if (count === undefined) return h('td.faint', attributes, '…');
      return h('td', { ...attributes, '--part': (count / most).toFixed(3) }, text(count, call));
    });
    return h('tr', {}, h('th', { scope: 'row' }, label), ...cells);
  });
  const body = h('tbody', {}, ...rows);
  return h('table', {}, title !== '' && h('caption', {}, title), h('thead', {}, h('tr', {}, h('td'), ...head)), body);
}
