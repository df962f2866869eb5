import { rawText, trouble } from '../model/raw-bits.ts';
import { h } from './dom.ts';
import { countText, errorName, EVENT_KINDS, type EventKind, numberText } from '../model/event-kinds.ts';
import { mark, type MarkState } from './marks.ts';
import { nameOf, reasonOf } from '../model/reasons.ts';
import { happeningText, resultMeaning } from '../model/sentences.ts';
import type { TurnState } from '../model/timeline.ts';
import { type OnTick, predictionTable, tickNote, verdictTable } from './prediction-table.ts';
import { waitNote, waitParts } from './wait.ts';
import { hasReturned, type View } from '../model/view.ts';

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
export function lanes(view: View, onTick: OnTick): HTMLElement[] {
  const { state } = view;
  const returned = hasReturned(view);
  return [
    lane('asked', 'Asked', countText(state.interest.size, 'fd'), ...askedLists(state)),
    lane('wait', 'Wait', waitNote(state), ...waitParts(view)),
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
function returnedLists(state: TurnState, returned: boolean): HTMLElement[] {
  const { interest, ready, fds } = state;
  return EVENT_KINDS.map((kind) => {
    const members = returned ? membersOf(ready, kind) : [];
    const isRest = (fd: number): boolean => !returned || ((ready.get(fd) ?? 0) & kind.bit) === 0;
    const others = membersOf(interest, kind).filter(isRest);
    const none = members.length + others.length === 0 ? [nobody()] : [];
    const shown = [
      ...chips(members, kind, 'ready', fds, (fd) => troubleSign(fd, state)),
      ...chips(others, kind, 'rest', fds),
      ...none,
    ];
    return setList(kind, members.length > 0 ? 'ready' : 'asked', members, shown);
  });
}

// What makes an fd readable or writable besides bytes and room.
function troubleSign(fd: number, state: TurnState): HTMLElement | false {
  const bits = trouble(state.revents.get(fd) ?? 0);
  if (bits.length === 0) return false;
  const raw = bits.reduce((all, { bit }) => all | bit, 0);
  return h('small.trouble', { title: reasonOf(fd, state) }, rawText('', raw).replaceAll('|', ' '));
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

function chips(
  fds: readonly number[],
  kind: EventKind,
  look: string,
  names: TurnState['fds'],
  sign: (fd: number) => HTMLElement | false = () => false,
): HTMLElement[] {
  const chip = `span.chip.${kind.letter.toLowerCase()}.${look}`;
  const shown = fds
    .slice(0, MOST_CHIPS)
    .map((fd) => h(chip, { title: nameOf(fd, names), 'data-fd': fd }, String(fd), sign(fd)));
  const more = fds.length - shown.length;
  return more > 0 ? [...shown, h('span.faint', {}, `and ${numberText(more)} more`)] : shown;
}

function nodeChip(fd: number): HTMLElement {
  return h('span.chip.node', { title: "Node's own event loop: one more fd" }, `${fd} Node`);
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
