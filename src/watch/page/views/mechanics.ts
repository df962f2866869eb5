import { rawText, trouble } from '../model/raw-bits.ts';
import { h } from './dom.ts';
import { maskText, numberText } from '../model/event-kinds.ts';
import { asEpoll, asPoll, type PollEntry } from '../model/mechanics.ts';
import { foremost, rest, signature } from './call-parts.ts';
import { drawSelect } from './select-bitmaps.ts';
import { workView } from './work-table.ts';
import { type View, hasReturned, MOST_ROWS } from '../model/view.ts';
import { type CtlCall, MOST_EVENTS } from '../model/work.ts';

/** What the panel shows. */
export type MechanicsTab = 'select' | 'poll' | 'epoll' | 'all';

type Call = Exclude<MechanicsTab, 'all'>;

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
    ...(tab === 'select' || !hasReturned(view) ? [] : bitNotes(view, tab)),
    workView(view.state, tab, hasReturned(view)),
  ];
}

// Where the bits come from, and what those say that nobody asks for.
function bitNotes({ state }: View, tab: MechanicsTab): HTMLElement[] {
  const { ready, revents, turn } = state;
  if (ready.size === 0) return [];
  const all = [...revents.values()].reduce((bits, raw) => bits | raw, 0);
  const prefix = tab === 'poll' ? 'POLL' : tab === 'epoll' ? 'EPOLL' : '';
  const meanings = trouble(all).map(({ name, meaning }) =>
    h('p.bit-note', { 'data-bit': name }, h('code', {}, prefix + name), `: ${meaning}.`),
  );
  const source = h('p.faint.bit-source', {}, bitSource(revents.size < ready.size, turn.call));
  return meanings.length > 0 ? [h('div.bit-notes', {}, ...meanings), source] : [source];
}

function bitSource(isDerived: boolean, call: string): string {
  if (isDerived)
    return 'This trace has no raw bits (an older one): HUP and ERR appear as IN and OUT here, as select has it.';
  if (call === 'select')
    return 'select has no such bits: these are what poll(2) said of the fds that came back, right after the wait.';
  return `The bits are those that ${call === 'epoll' ? 'epoll_wait' : call} itself gave.`;
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
    h('td', {}, maskCode(maskText('POLL', events))),
    h('td', { 'data-revents': returned ? revents : undefined }, maskCode(returned ? rawText('POLL', revents) : '…')),
  );
}

// Broken between two names only.
function maskCode(text: string): HTMLElement {
  return h('code', {}, ...text.split(/(?<=\|)/).flatMap((name) => [name, h('wbr')]));
}

function timeoutText({ state: { turn } }: View): string {
  return turn.timeoutMs < 0 ? '-1' : String(Math.ceil(turn.timeoutMs));
}

function drawEpoll(view: View): HTMLElement[] {
  const { ctl, interest, ready } = asEpoll(view.state);
  const returned = hasReturned(view);
  const found = returned ? ready : new Map<number, number>();
  const { nodeFd } = view.state;
  return [
    signature(`epoll_wait(epfd, events, ${MOST_EVENTS}, ${timeoutText(view)})`, returned ? ready.size : undefined),
    h(
      'p.how',
      {},
      'The kernel keeps the interest list; only changes are told. What is ready puts itself on the ready list, and only that is copied.',
    ),
    h(
      'div.lists',
      {},
      list(
        'told',
        'told since the last wait',
        ctl.slice(0, MOST_ROWS).map((call) => ctlText(call, nodeFd)),
        ctl.length,
        'nothing',
      ),
      list('interest', 'interest list', fdTexts(interest, askedText, nodeFd), interest.size, 'empty'),
      list('ready', 'ready list, copied out', fdTexts(found, foundText, nodeFd), found.size, returned ? 'empty' : '…'),
    ),
    ...nodeNote(view),
  ];
}

// A wait that brought Node's fd alone was made again, and is not the one that is shown.
function nodeNote(view: View): HTMLElement[] {
  const { nodeFd, turn } = view.state;
  if (nodeFd < 0) return [];
  const { nodeWakes = 0 } = turn;
  const wakes = nodeWakes === 1 ? 'One wait' : `${numberText(nodeWakes)} waits`;
  const before =
    nodeWakes > 0 && hasReturned(view) ? ` ${wakes} before this one returned it alone: ${nodeFd} EPOLLIN.` : '';
  return [
    h('p.faint.node-note', {}, `fd ${nodeFd} is Node's own loop: told once, and one more fd of the list.${before}`),
  ];
}

function fdTexts(fds: ReadonlyMap<number, number>, text: (bits: number) => string, nodeFd: number): string[] {
  return [...fds].slice(0, MOST_ROWS).map(([fd, bits]) => `${fd} ${text(bits)}${nodeSign(fd, nodeFd)}`);
}

function nodeSign(fd: number, nodeFd: number): string {
  return fd === nodeFd ? ' Node' : '';
}

function askedText(events: number): string {
  return maskText('EPOLL', events);
}

function foundText(raw: number): string {
  return rawText('EPOLL', raw);
}

function ctlText({ op, fd, events }: CtlCall, nodeFd: number): string {
  return op === 'DEL' ? `DEL ${fd}` : `${op} ${fd} ${maskText('EPOLL', events)}${nodeSign(fd, nodeFd)}`;
}

function list(name: string, title: string, lines: readonly string[], count: number, none: string): HTMLElement {
  return h(
    'div.list',
    { 'data-list': name, 'data-count': count },
    h('h4', {}, title, h('small', {}, numberText(count))),
    lines.length === 0 ? h('p.faint', {}, none) : h('ul', {}, ...lines.map((line) => h('li', {}, maskCode(line)))),
    ...rest(count - lines.length, 'more', 'more'),
  );
}
