import { h } from './dom.ts';
import { countText, maskText } from './events.ts';
import { asEpoll, asPoll, asSelect, type Bitmap, hasBit, type PollEntry } from './mechanics.ts';
import { type View, hasReturned, MOST_ROWS } from './view.ts';
import type { CtlCall, Work, WorkOf } from './work.ts';

/** What the panel shows. */
export type MechanicsTab = 'select' | 'poll' | 'epoll' | 'all';

type Call = Exclude<MechanicsTab, 'all'>;

const NO_HANG_UPS =
  'HUP and ERR appear as IN and OUT here: a trace holds readable, writable and exceptional only, as select does.';
const CALLS: readonly Call[] = ['select', 'poll', 'epoll'];

/**
 * A turn as the kernel's interface has it.
 * @param view What to show.
 * @param tab By which call.
 * @returns The panel's content.
 */
export function mechanics(view: View, tab: MechanicsTab): HTMLElement[] {
  const calls = tab === 'all' ? CALLS : [tab];
  return [
    h(`div.calls${tab === 'all' ? '.beside' : ''}`, {}, ...calls.map((call) => callView(call, view))),
    ...(tab === 'select' ? [] : [h('p.faint', {}, NO_HANG_UPS)]),
    workView(view.state, tab, hasReturned(view)),
  ];
}

function callView(call: Call, view: View): HTMLElement {
  const isReal = view.state.turn.call === call;
  const title = h('h3', {}, call, h('small', {}, isReal ? 'the call that was made' : 'had it been this call'));
  return h('section.call', { 'data-call': call }, title, ...DRAW[call](view));
}

const DRAW: Readonly<Record<Call, (view: View) => HTMLElement[]>> = {
  select: drawSelect,
  poll: drawPoll,
  epoll: drawEpoll,
};

function drawSelect(view: View): HTMLElement[] {
  const { nfds, sets, result } = asSelect(view.state);
  const returned = hasReturned(view);
  const seconds = view.state.turn.timeoutMs < 0 ? 'NULL' : `${view.state.turn.timeoutMs / 1000} s`;
  const names = sets.map(({ name, before }) => (before === null ? 'NULL' : `&${name}`));
  return [
    signature(`select(${nfds}, ${names.join(', ')}, ${seconds})`, returned ? result : undefined),
    h(
      'p.how',
      {},
      'Three bitmaps go in. The kernel looks at every bit below nfds and writes its answer over the question: copy the sets first.',
    ),
    h('div.bitmaps', {}, ...sets.map((set) => bitmapView(set, nfds, returned))),
  ];
}

function signature(call: string, result: number | undefined): HTMLElement {
  return h(
    'code.signature',
    {},
    call,
    ' = ',
    h('b', { 'data-result': result }, result === undefined ? '…' : String(result)),
  );
}

const ROW_BITS = 32;
const MOST_BIT_ROWS = 6;

function bitmapView({ name, before, after }: Bitmap, nfds: number, returned: boolean): HTMLElement {
  const set = h('div.bitmap', {
    'data-bitmap': name,
    'data-before': members(before),
    'data-after': returned ? members(after) : undefined,
  });
  set.append(h('h4', {}, name, before === null && h('small', {}, 'nobody in it: NULL is passed')));
  if (before === null) return set;
  const starts = Array.from({ length: Math.ceil(nfds / ROW_BITS) }, (_, row) => row * ROW_BITS);
  const used = starts.filter((start) => before[start / ROW_BITS] !== 0);
  const shown = foremost(used, (start) => returned && after![start / ROW_BITS] !== 0, MOST_BIT_ROWS);
  set.append(...shown.map((start) => bitRow(start, nfds, before, returned ? after : null)));
  const zero = starts.length - used.length;
  if (zero > 0) set.append(h('p.faint', {}, `${countText(zero, 'row')} of ${ROW_BITS} bits, all 0, not shown`));
  set.append(...rest(used.length - shown.length, 'row like these', 'rows like these'));
  return set;
}

// Those that count, and the first of the others, in their order.
function foremost<T>(items: readonly T[], counts: (item: T) => boolean, most: number): T[] {
  const first = items.filter(counts).slice(0, most);
  const others = items.filter((item) => !counts(item)).slice(0, most - first.length);
  const chosen = new Set([...first, ...others]);
  return items.filter((item) => chosen.has(item));
}

function members(words: Uint32Array | null): string {
  if (words === null) return '';
  const fds: number[] = [];
  for (let fd = 0; fd < words.length * 32; fd++) if (hasBit(words, fd)) fds.push(fd);
  return fds.join(' ');
}

// What is passed above what is returned, bit below bit.
function bitRow(start: number, nfds: number, before: Uint32Array, after: Uint32Array | null): HTMLElement {
  const returned = after === null ? [h('span.faint', {}, '…')] : bits(start, nfds, after, before);
  return h(
    'div.bit-row',
    {},
    h('small', {}, `from fd ${start}`),
    h('span.bits', { title: 'as passed' }, ...bits(start, nfds, before, null)),
    h('small', {}, 'returned'),
    h('span.bits', { title: 'as returned' }, ...returned),
  );
}

// The lowest fd at the left, in groups of eight.
function bits(start: number, nfds: number, words: Uint32Array, was: Uint32Array | null): HTMLElement[] {
  return Array.from({ length: ROW_BITS / 8 }, (_, group) => {
    const first = start + group * 8;
    const byte = Array.from({ length: 8 }, (__, index) => first + index);
    return h('span.byte', {}, ...byte.map((fd) => bit(fd, fd < nfds, hasBit(words, fd), hasBit(was, fd))));
  });
}

function bit(fd: number, counts: boolean, isSet: boolean, wasSet: boolean): HTMLElement | string {
  if (isSet) return h('b.one', { title: `fd ${fd}` }, '1');
  if (wasSet) return h('b.cleared', { title: `fd ${fd}: asked for, cleared` }, '0');
  return counts ? '0' : '·';
}

function drawPoll(view: View): HTMLElement[] {
  const { entries, result } = asPoll(view.state);
  const returned = hasReturned(view);
  const shown = foremost([...entries.entries()], ([, { revents }]) => returned && revents !== 0, MOST_ROWS);
  const more = entries.length - shown.length;
  return [
    signature(`poll(fds, ${entries.length}, ${timeoutText(view)})`, returned ? result : undefined),
    h(
      'p.how',
      {},
      'One entry an fd, whatever its number. Question and answer have fields of their own, so the table can be used again.',
    ),
    h(
      'table.entries',
      {},
      h('thead', {}, h('tr', {}, ...['', 'fd', 'events', 'revents'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...shown.map(([index, entry]) => pollRow(index, entry, returned, view.state.nodeFd))),
    ),
    ...rest(more, 'more entry', 'more entries'),
  ];
}

function pollRow(index: number, { fd, events, revents }: PollEntry, returned: boolean, nodeFd: number): HTMLElement {
  return h(
    `tr${returned && revents !== 0 ? '.is-ready' : ''}`,
    { 'data-fd': fd },
    h('td.faint', {}, `[${index}]`),
    h('td', {}, String(fd), fd === nodeFd && h('small', {}, ' Node')),
    h('td', {}, h('code', {}, maskText('POLL', events))),
    h(
      'td',
      { 'data-revents': returned ? revents : undefined },
      h('code', {}, returned ? maskText('POLL', revents) : '…'),
    ),
  );
}

function rest(count: number, one: string, many: string): HTMLElement[] {
  return count > 0 ? [h('p.faint', {}, `and ${count.toLocaleString('en')} ${count === 1 ? one : many}`)] : [];
}

function timeoutText({ state: { turn } }: View): string {
  return turn.timeoutMs < 0 ? '-1' : String(Math.ceil(turn.timeoutMs));
}

function drawEpoll(view: View): HTMLElement[] {
  const { ctl, interest, ready } = asEpoll(view.state);
  const returned = hasReturned(view);
  const found = returned ? ready : new Map<number, number>();
  const node = view.state.nodeFd;
  return [
    signature(
      `epoll_wait(epfd, events, ${Math.max(interest.size, 1)}, ${timeoutText(view)})`,
      returned ? ready.size : undefined,
    ),
    h(
      'p.how',
      {},
      'The kernel keeps the interest list; only changes are told. What is ready puts itself on the ready list, and only that is copied.',
    ),
    h(
      'div.lists',
      {},
      list('told', 'told since the last wait', ctl.slice(0, MOST_ROWS).map(ctlText), ctl.length, 'nothing'),
      list('interest', 'interest list', fdTexts(interest), interest.size, 'empty'),
      list('ready', 'ready list, copied out', fdTexts(found), found.size, returned ? 'empty' : '…'),
    ),
    ...(node < 0 ? [] : [h('p.faint', {}, `Beside it, Node's own loop, an epoll too: poll({epfd, ${node}}).`)]),
  ];
}

function fdTexts(fds: ReadonlyMap<number, number>): string[] {
  return [...fds].slice(0, MOST_ROWS).map(([fd, events]) => `${fd} ${maskText('EPOLL', events)}`);
}

function ctlText({ op, fd, events }: CtlCall): string {
  return op === 'DEL' ? `DEL ${fd}` : `${op} ${fd} ${maskText('EPOLL', events)}`;
}

function list(name: string, title: string, lines: readonly string[], count: number, none: string): HTMLElement {
  return h(
    'div.list',
    { 'data-list': name, 'data-count': count },
    h('h4', {}, title, h('small', {}, count.toLocaleString('en'))),
    lines.length === 0 ? h('p.faint', {}, none) : h('ul', {}, ...lines.map((line) => h('li', {}, h('code', {}, line)))),
    ...rest(count - lines.length, 'more', 'more'),
  );
}

const WORK_ROWS: readonly (readonly [keyof Work, string, (count: number, call: Call) => string])[] = [
  ['calls', 'waiting calls', plain],
  ['walked', 'goes through', (count, call) => countText(count, { select: 'bit', poll: 'slot', epoll: 'item' }[call])],
  ['checked', 'asks an fd for its state', (count) => countText(count, 'time')],
  ['copiedIn', 'copies in', (count) => countText(count, 'byte')],
  ['copiedOut', 'copies out', (count) => countText(count, 'byte')],
  ['ctl', 'epoll_ctl calls', plain],
];

function plain(count: number): string {
  return count.toLocaleString('en');
}

function workView({ work, total }: View['state'], tab: MechanicsTab, returned: boolean): HTMLElement {
  return h(
    'div.work',
    { 'data-tab': tab },
    workTable("The kernel's work in this turn, computed from the trace", 'turn', returned ? work : undefined),
    workTable('In all recorded turns so far', 'total', returned ? total : undefined),
    h(
      'p.faint',
      {},
      'One look at what is asked is counted. select and poll look again when they have slept; epoll looks at its ready list only, where what was returned last time is looked at once more.',
    ),
  );
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
  return h('table', {}, h('caption', {}, title), h('thead', {}, h('tr', {}, h('td'), ...head)), body);
}
