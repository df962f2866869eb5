import { h } from './dom.ts';
import { countText } from './events.ts';
import { marks } from './marks.ts';
import { type FdRow, rowsOf } from './rows.ts';
import { hasReturned, MOST_ROWS, type View } from './view.ts';

/**
 * The table of fds: what each is, what is asked of it and came back, and what waits in its queues.
 * @param view What to show.
 * @returns The table, and a line on what it leaves out.
 */
export function fdTable(view: View): HTMLElement[] {
  const { rows, more } = rowsOf(view.state, MOST_ROWS, view.prediction !== 'open');
  const head = ['fd', 'what', 'asked', 'queues', 'state'];
  const table = h(
    'table.fds',
    {},
    h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', {}, ...rows.map((row) => fdRow(row, view))),
  );
  const rest = h('p.faint', {}, `and ${countText(more, 'more fd')}, all idle clients or like those above`);
  return more > 0 ? [table, rest] : [table];
}

function fdRow(row: FdRow, view: View): HTMLElement {
  const returned = hasReturned(view);
  const ready = returned ? row.ready : 0;
  const isNode = row.fd === view.state.nodeFd;
  const condition = row.isOutcome && !returned ? 'open' : row.condition;
  return h(
    `tr${isNode ? '.node' : ''}${ready === 0 ? '' : '.is-ready'}`,
    { 'data-fd': row.fd, 'data-interest': row.interest, 'data-ready': ready },
    h('th', { scope: 'row' }, String(row.fd)),
    h('td.what', {}, h('span', {}, row.what), h('small', {}, row.name)),
    h('td', {}, marks(row.interest, ready)),
    h('td.queues', {}, ...(isNode ? [wakes(view)] : queues(row))),
    h('td.condition', {}, condition),
  );
}

function wakes(view: View): HTMLElement {
  const count = view.state.turn.nodeWakes ?? 0;
  const text = count === 0 ? 'did not wake' : `woke ${count === 1 ? 'once' : `${count} times`}`;
  return h('small', { 'data-wakes': count }, hasReturned(view) ? text : '…');
}

function queues({ what, backlog, kernelIn, kernelOut, queued }: FdRow): HTMLElement[] {
  if (what === 'listener') {
    const waiting = backlog === 0 ? 'nobody to accept' : `${countText(backlog, 'client')} to accept`;
    return [h('small', { 'data-backlog': backlog }, waiting)];
  }
  const filled = [
    ['in', 'kernel in', kernelIn],
    ['out', 'kernel out', kernelOut],
    ['own', 'ours', queued],
  ] as const;
  const bars = filled.filter(([, , bytes]) => bytes > 0).map(([kind, name, bytes]) => bar(kind, name, bytes));
  return bars.length > 0 ? bars : [h('small', {}, 'empty')];
}

// 1 byte must be seen beside 1 MiB: the bar's length is the logarithm, full at 4 MiB.
const FULL_BITS = 22;

function bar(kind: string, name: string, bytes: number): HTMLElement {
  const part = Math.min(Math.log2(bytes + 1) / FULL_BITS, 1);
  return h(
    `span.queue.${kind}`,
    { 'data-queue': kind, 'data-bytes': bytes, title: `${name}: ${countText(bytes, 'byte')}` },
    h('span.name', {}, name),
    h('span.bar', { 'aria-hidden': 'true', '--part': part.toFixed(3) }),
    h('span.bytes', {}, bytes.toLocaleString('en')),
  );
}
