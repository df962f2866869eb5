import { maskText, rawText, troubleBits } from '../model/event-bits.ts';
import { asEpoll, asPoll, type PollEntry } from '../model/mechanics.ts';
import { MAX_ROWS } from '../model/rows.ts';
import { showsResult, type View } from '../model/session.ts';
import { numberText } from '../model/texts.ts';
import { type CtlCall, MAX_EVENTS } from '../model/work.ts';
import { andMore, chooseItems, signature } from './call-parts.ts';
import { h, tableHead } from './dom.ts';
import { drawSelect } from './select-bitmaps.ts';
import { workTables } from './work-table.ts';

export type MechanicsTab = 'select' | 'poll' | 'epoll' | 'all';

type Call = Exclude<MechanicsTab, 'all'>;

/** The content of the panel: the turn as each system call makes it. */
export function mechanics(view: View, tab: MechanicsTab): HTMLElement[] {
  const calls: readonly Call[] = tab === 'all' ? ['select', 'poll', 'epoll'] : [tab];
  return [
    h(`div.calls${tab === 'all' ? '.beside' : ''}`, {}, ...calls.map((call) => callView(call, view))),
    ...(tab === 'select' || !showsResult(view) ? [] : bitNotes(view, tab)),
    workTables(view.state, tab, showsResult(view)),
  ];
}

/** Explains the hang-ups and errors of a turn, and says where its raw bits come from. */
function bitNotes({ state }: View, tab: MechanicsTab): HTMLElement[] {
  const { ready, revents, turn } = state;
  if (ready.size === 0) return [];
  const all = [...revents.values()].reduce((bits, raw) => bits | raw, 0);
  const prefix = tab === 'poll' ? 'POLL' : tab === 'epoll' ? 'EPOLL' : '';
  const meanings = troubleBits(all).map(({ name, meaning }) =>
    h('p.bit-note', { 'data-bit': name }, h('code', {}, prefix + name), `: ${meaning}.`),
  );
  const source = h('p.faint.bit-source', {}, bitSource(revents.size < ready.size, turn.call));
  return meanings.length > 0 ? [h('div.bit-notes.row', {}, ...meanings), source] : [source];
}

function bitSource(isMissing: boolean, call: string): string {
  if (isMissing)
    return 'This trace is older and has no raw bits. They are made from R, W and X here, so HUP and ERR appear as IN and OUT.';
  if (call === 'select')
    return 'select has no such bits. These are the bits that poll(2) returned for the ready fds right after the wait.';
  return `These bits are the ones that ${call === 'epoll' ? 'epoll_wait' : call} returned.`;
}

function callView(call: Call, view: View): HTMLElement {
  const isReal = view.state.turn.call === call;
  const title = h(
    'h3',
    {},
    call,
    h('small', {}, isReal ? 'the program made this call' : 'the same turn with this call'),
  );
  return h('section.call', { 'data-call': call }, title, ...DRAW[call](view));
}

const DRAW: Readonly<Record<Call, (view: View) => HTMLElement[]>> = {
  select: drawSelect,
  poll: drawPoll,
  epoll: drawEpoll,
};

const POLL_HOW =
  'The program passes one entry for each fd, whatever its number. The result has a field of its own, revents, so the program can pass the same table again.';

function drawPoll(view: View): HTMLElement[] {
  const { entries, result } = asPoll(view.state);
  const isShown = showsResult(view);
  const shown = chooseItems([...entries.entries()], ([, { revents }]) => isShown && revents !== 0, MAX_ROWS);
  const rows = shown.map(([index, entry]) => pollRow(index, entry, isShown, view.state.nodeFd));
  return [
    signature(`poll(fds, ${entries.length}, ${timeoutText(view)})`, isShown ? result : undefined),
    h('p.how', {}, POLL_HOW),
    h('table.entries', {}, tableHead(['', 'fd', 'events', 'revents']), h('tbody', {}, ...rows)),
    ...andMore(entries.length - shown.length, 'more entry', 'more entries'),
  ];
}

function pollRow(index: number, { fd, events, revents }: PollEntry, isShown: boolean, nodeFd: number): HTMLElement {
  return h(
    `tr${isShown && revents !== 0 ? '.is-ready' : ''}`,
    { 'data-fd': fd },
    h('td.faint', {}, `[${index}]`),
    h('td', {}, String(fd), fd === nodeFd && h('small', {}, ' Node')),
    h('td', {}, maskCode(maskText('POLL', events))),
    h('td', { 'data-revents': isShown ? revents : undefined }, maskCode(isShown ? rawText('POLL', revents) : '…')),
  );
}

/** Lines break only between two names. */
function maskCode(text: string): HTMLElement {
  return h('code', {}, ...text.split(/(?<=\|)/).flatMap((name) => [name, h('wbr')]));
}

function timeoutText({ state: { turn } }: View): string {
  return turn.timeoutMs < 0 ? '-1' : String(Math.ceil(turn.timeoutMs));
}

const EPOLL_HOW =
  'The kernel keeps the interest list, so the program passes only changes, with epoll_ctl. An fd that becomes ready is put on the ready list, and epoll_wait copies only that list.';

function drawEpoll(view: View): HTMLElement[] {
  const { ctl, interest, ready } = asEpoll(view.state);
  const isShown = showsResult(view);
  const found = isShown ? ready : new Map<number, number>();
  const { nodeFd } = view.state;
  const node = (fd: number): string => (fd === nodeFd ? ' Node' : '');
  const changes = ctl.slice(0, MAX_ROWS).map((call) => ctlText(call) + (call.op === 'DEL' ? '' : node(call.fd)));
  const texts = (fds: ReadonlyMap<number, number>, text: typeof rawText): string[] =>
    [...fds].slice(0, MAX_ROWS).map(([fd, bits]) => `${fd} ${text('EPOLL', bits)}${node(fd)}`);
  return [
    signature(`epoll_wait(epfd, events, ${MAX_EVENTS}, ${timeoutText(view)})`, isShown ? ready.size : undefined),
    h('p.how', {}, EPOLL_HOW),
    h(
      'div.lists',
      {},
      list('changes', 'epoll_ctl since the last wait', changes, ctl.length, 'no changes'),
      list('interest', 'interest list', texts(interest, maskText), interest.size, 'empty'),
      list('ready', 'ready list, copied', texts(found, rawText), found.size, isShown ? 'empty' : '…'),
    ),
    ...nodeNote(view),
  ];
}

/** A wait that returned only Node's fd was made again, so it is not the wait that is shown. */
function nodeNote(view: View): HTMLElement[] {
  const { nodeFd, turn } = view.state;
  if (nodeFd < 0) return [];
  const { nodeWakes } = turn;
  const waits = nodeWakes === 1 ? 'One wait' : `${numberText(nodeWakes)} waits`;
  const before =
    nodeWakes > 0 && showsResult(view) ? ` ${waits} before this one returned only this fd: ${nodeFd} EPOLLIN.` : '';
  return [
    h('p.faint.node-note', {}, `fd ${nodeFd} is Node's own event loop. The program adds it to the list once.${before}`),
  ];
}

function ctlText({ op, fd, events }: CtlCall): string {
  return op === 'DEL' ? `DEL ${fd}` : `${op} ${fd} ${maskText('EPOLL', events)}`;
}

function list(name: string, title: string, lines: readonly string[], count: number, none: string): HTMLElement {
  return h(
    `div.list${name === 'ready' && count > 0 ? '.is-ready' : ''}`,
    { 'data-list': name, 'data-count': count },
    h('h4', {}, title, h('small', {}, numberText(count))),
    lines.length === 0 ? h('p.faint', {}, none) : h('ul', {}, ...lines.map((line) => h('li', {}, maskCode(line)))),
    ...andMore(count - lines.length, 'more', 'more'),
  );
}
