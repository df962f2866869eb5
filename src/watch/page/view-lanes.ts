import { h } from './dom.ts';
import { countText, errorName, EVENT_KINDS, type EventKind, msText } from './events.ts';
import { mark, type MarkState } from './marks.ts';
import { verdictOf } from './prediction.ts';
import { happeningText, nameOf, resultMeaning, waitText } from './sentences.ts';
import type { TurnState } from './timeline.ts';
import type { HappeningLine } from './trace.ts';
import { hasReturned, type View } from './view.ts';
import { offeredRows } from './rows.ts';

// Chips of one set that are shown before the rest is counted.
const MOST_CHIPS = 12;
// Deeds that are shown before the rest is counted.
const MOST_DEEDS = 6;
const MOST_CLOSED = 3;

/**
 * The lanes of a turn: what was asked, the wait, what came back, what the program then did.
 * @param view What to show.
 * @param onTick Called when the learner ticks an fd of a set, or takes the tick back.
 * @returns The lanes.
 */
export function lanes(view: View, onTick: (fd: number, bit: number, ticked: boolean) => void): HTMLElement[] {
  const { state } = view;
  const returned = hasReturned(view);
  return [
    lane('asked', 'Asked', countText(state.interest.size, 'fd'), ...askedLists(state)),
    lane('wait', 'Wait', waitNote(state), waitBar(view), ...causes(view)),
    view.prediction === 'open'
      ? lane('returned', 'What will come back?', tickNote(state), predictionTable(view, onTick))
      : lane('returned', 'Returned', returned ? resultNote(state) : 'not yet', ...results(view)),
    lane('did', 'Then the program', '', deeds(view)),
  ];
}

function lane(name: string, title: string, note: string, ...children: HTMLElement[]): HTMLElement {
  return h('section.lane', { 'data-lane': name }, h('h3', {}, title, note !== '' && h('small', {}, note)), ...children);
}

function askedLists({ interest, fds, nodeFd }: TurnState): HTMLElement[] {
  return EVENT_KINDS.map((kind) => {
    const members = membersOf(interest, kind);
    const node = kind.letter === 'R' && nodeFd >= 0;
    return setList(kind, 'asked', members, [
      ...chips(members, kind, 'asked', fds),
      ...(node ? [nodeChip(nodeFd)] : members.length === 0 ? [nobody()] : []),
    ]);
  });
}

// Who was asked about and did not come back stays to be seen, in grey.
function returnedLists({ interest, ready, fds }: TurnState, returned: boolean): HTMLElement[] {
  return EVENT_KINDS.map((kind) => {
    const members = returned ? membersOf(ready, kind) : [];
    const others = membersOf(interest, kind).filter((fd) => !members.includes(fd));
    const none = members.length + others.length === 0 ? [nobody()] : [];
    const shown = [...chips(members, kind, 'ready', fds), ...chips(others, kind, 'rest', fds), ...none];
    return setList(kind, members.length > 0 ? 'ready' : 'asked', members, shown);
  });
}

function membersOf(events: ReadonlyMap<number, number>, { bit }: EventKind): number[] {
  return [...events].filter(([, mask]) => (mask & bit) !== 0).map(([fd]) => fd);
}

function setList(kind: EventKind, look: MarkState, fds: readonly number[], shown: readonly HTMLElement[]): HTMLElement {
  return h(
    'div.set',
    { 'data-set': kind.letter, 'data-fds': fds.join(' ') },
    mark(kind, look, kind.word),
    h('span.chips', {}, ...shown),
  );
}

function nobody(): HTMLElement {
  return h('span.faint', {}, 'none');
}

function chips(fds: readonly number[], kind: EventKind, look: string, names: TurnState['fds']): HTMLElement[] {
  const shown = fds
    .slice(0, MOST_CHIPS)
    .map((fd) => h(`span.chip.${kind.letter.toLowerCase()}.${look}`, { title: nameOf(fd, names) }, String(fd)));
  const more = fds.length - shown.length;
  return more > 0 ? [...shown, h('span.faint', {}, `and ${more.toLocaleString('en')} more`)] : shown;
}

function nodeChip(fd: number): HTMLElement {
  return h('span.chip.node', { title: "Node's own event loop: one more fd" }, `${fd} Node`);
}

function waitNote({ turn }: TurnState): string {
  return turn.timeoutMs < 0 ? 'for ever, if need be' : `at most ${msText(turn.timeoutMs)}`;
}

// Drawn to time: the whole is the timeout, or the wait where there is none.
function waitBar(view: View): HTMLElement {
  const { turn, during } = view.state;
  const wholeMs = turn.timeoutMs > 0 ? Math.max(turn.timeoutMs, turn.waitedMs) : Math.max(turn.waitedMs, 1);
  const hidden = view.prediction === 'open';
  const part = hidden ? 0 : Math.min(turn.waitedMs / wholeMs, 1) * view.progress;
  const endMs = turn.ms + turn.waitedMs * view.progress;
  // What woke the call may be written down a moment after the call has ended.
  const happened = during.filter((line) => !hidden && hints(line) && (line.ms <= endMs || view.progress === 1));
  const pins = happened.map((line) => pin((Math.min(line.ms, endMs) - turn.ms) / wholeMs));
  return h(
    'div.wait',
    {
      '--part': part,
      'data-part': part.toFixed(4),
      role: 'img',
      'aria-label': hidden ? 'The wait is hidden.' : waitText(view.state),
    },
    h('div.track', {}, h('div.passed', { 'data-cause': turn.cause }), ...pins),
    h(
      'div.scale',
      { 'aria-hidden': 'true' },
      h('span', {}, '0'),
      h('span', {}, msText(wholeMs / 2)),
      h('span', {}, msText(wholeMs)),
    ),
  );
}

function pin(part: number): HTMLElement {
  return h('span.pin', { '--at': Math.min(Math.max(part, 0), 1) });
}

// What comes from outside; that an fd is opened or closed is the program's doing, and told there.
function hints({ type }: HappeningLine): boolean {
  return type === 'action' || type === 'signal';
}

function causes(view: View): HTMLElement[] {
  const { state } = view;
  const { turn, before, during } = state;
  const outside = [...before, ...during].filter(hints).map((line) => h('p.outside', {}, happeningText(line)));
  if (!hasReturned(view))
    return [...outside, h('p.cause', { 'data-cause': 'unknown' }, 'The thread sleeps in the kernel.')];
  const skipped = turn.skipped
    ? [h('p.outside', {}, `${countText(turn.skipped, 'turn')} before it not recorded.`)]
    : [];
  return [
    ...outside,
    h('p.cause', { 'data-cause': turn.cause }, h('strong', {}, msText(turn.waitedMs)), ` ${causeText(state)}`),
    ...nodeNote(state),
    ...skipped,
  ];
}

function causeText({ turn, ready }: TurnState): string {
  if (ready.size > 0)
    return `woken by ${ready.size === 1 ? `fd ${[...ready.keys()][0]!}` : countText(ready.size, 'fd')}`;
  if (turn.cause === 'timeout') return 'the time was up';
  return turn.cause === 'woken' ? 'ended by the program itself' : 'nothing was found';
}

function nodeNote({ turn, nodeFd }: TurnState): HTMLElement[] {
  const wakes = turn.nodeWakes ?? 0;
  if (wakes === 0) return [];
  const text = `Node's own loop (fd ${nodeFd}) ended the call ${wakes === 1 ? 'once' : `${wakes} times`}; it was made again.`;
  return [h('p.node-note', {}, text)];
}

function resultNote({ ready }: TurnState): string {
  return ready.size === 0 ? 'nothing' : countText(ready.size, 'fd');
}

function results(view: View): HTMLElement[] {
  if (view.prediction === 'judged') return [verdictTable(view)];
  return returnedLists(view.state, hasReturned(view));
}

function deeds(view: View): HTMLElement {
  if (!hasReturned(view)) return h('p.faint', {}, 'Nothing yet: it waits.');
  const { turn, during } = view.state;
  const did = turn.did ?? [];
  const items = did.slice(0, MOST_DEEDS).map(([call, fd, result]) => deed(call, fd, result));
  const more = did.length - items.length;
  const closed = during.filter(({ type }) => type === 'close').map((line) => h('li', {}, happeningText(line)));
  const others = closed.length - MOST_CLOSED;
  if (items.length + closed.length === 0) return h('p.faint', {}, 'Nothing: it waits again.');
  const rest = more > 0 && h('li.faint', {}, `and ${countText(more, 'more call')}`);
  return h(
    'ol.deeds',
    {},
    ...items,
    rest,
    ...closed.slice(0, MOST_CLOSED),
    others > 0 && h('li.faint', {}, `and ${countText(others, 'more fd')} closed`),
  );
}

function deed(call: string, fd: number, result: number): HTMLElement {
  const note = resultMeaning(call, result);
  const value = result < 0 ? `-1 ${errorName(result)}` : result;
  const text = call === 'message' ? `message of ${countText(result, 'byte')} from ${fd}` : `${call}(${fd}) = ${value}`;
  return h('li', { 'data-call': call }, h('code', {}, text), note !== '' && h('small', {}, note));
}

function tickNote(state: TurnState): string {
  const { more } = offeredRows(state);
  return more === 0 ? 'tick, then check' : `tick, then check; ${countText(more, 'more fd')} not asked about`;
}

function predictionTable(view: View, onTick: (fd: number, bit: number, ticked: boolean) => void): HTMLElement {
  return setTable(view, (fd, kind, asked) => {
    if (!asked) return '·';
    const label = `fd ${fd} ${kind.word}`;
    const box = h('input', {
      type: 'checkbox',
      'aria-label': label,
      'data-tick': `${fd}${kind.letter}`,
    }) as HTMLInputElement;
    box.checked = ((view.ticks.get(fd) ?? 0) & kind.bit) !== 0;
    box.addEventListener('change', () => {
      onTick(fd, kind.bit, box.checked);
    });
    return box;
  });
}

const VERDICTS = {
  right: ['✓', 'predicted, and came'],
  wrong: ['✗', 'predicted, and did not come'],
  missed: ['!', 'not predicted, and came'],
  rest: ['–', 'neither predicted nor returned'],
} as const;

function verdictTable(view: View): HTMLElement {
  return setTable(view, (fd, kind, asked) => {
    const came = ((view.state.ready.get(fd) ?? 0) & kind.bit) !== 0;
    if (!asked && !came) return '·';
    const verdict = verdictOf(((view.ticks.get(fd) ?? 0) & kind.bit) !== 0, came);
    const [sign, title] = VERDICTS[verdict];
    return h(`span.verdict.${verdict}`, { title, 'data-verdict': verdict, role: 'img', 'aria-label': title }, sign);
  });
}

function setTable(
  view: View,
  cell: (fd: number, kind: EventKind, asked: boolean) => HTMLElement | string,
): HTMLElement {
  const head = h(
    'tr',
    {},
    h('th', {}, 'fd'),
    ...EVENT_KINDS.map((kind) => h('th', {}, mark(kind, 'asked', kind.word))),
  );
  const body = offeredRows(view.state).rows.map(({ fd, what, interest }) =>
    h(
      'tr',
      { 'data-fd': fd },
      h('th', { scope: 'row' }, String(fd), ' ', h('small', {}, what)),
      ...EVENT_KINDS.map((kind) => h('td', {}, cell(fd, kind, (interest & kind.bit) !== 0))),
    ),
  );
  return h('table.predict', {}, h('thead', {}, head), h('tbody', {}, ...body));
}
