import { EVENT_KINDS, type EventKind } from '../model/event-bits.ts';
import { nameOf, reasonOf, troubleText } from '../model/reasons.ts';
import { eventText, resultMeaning } from '../model/sentences.ts';
import { showsResult, type View } from '../model/session.ts';
import { countText, errorName, numberText } from '../model/texts.ts';
import type { TurnState } from '../model/timeline.ts';
import { h } from './dom.ts';
import { mark, type MarkState } from './marks.ts';
import { type OnTick, predictionNote, predictionTable, verdictTable } from './prediction-table.ts';
import { timeoutNote, waitParts } from './wait.ts';

// Further fds, calls and closed fds are counted.
const MAX_CHIPS = 12;
const MAX_CALLS = 6;
const MAX_CLOSED = 3;

/** The four cards of a turn, from left to right: what was watched, the wait, the result, and what the program then did. */
export function turnCards(view: View, onTick: OnTick): HTMLElement[] {
  const { state } = view;
  const { ready } = state;
  const resultNote = ready.size === 0 ? 'nothing' : countText(ready.size, 'fd');
  return [
    card('watched', 'Watched', countText(state.interest.size, 'fd'), ...watchedSets(state)),
    card('wait', 'Wait', timeoutNote(state), ...waitParts(view)),
    view.prediction === 'open'
      ? card('returned', 'What will it return?', predictionNote(state), predictionTable(view, onTick))
      : card('returned', 'Returned', showsResult(view) ? resultNote : 'not yet', ...results(view)),
    card('did', 'Then the program', '', calls(view)),
  ];
}

function card(name: string, title: string, note: string, ...children: HTMLElement[]): HTMLElement {
  return h('section.card', { 'data-card': name }, h('h3', {}, title, note !== '' && h('small', {}, note)), ...children);
}

function watchedSets({ interest, fds, nodeFd }: TurnState): HTMLElement[] {
  return EVENT_KINDS.map((kind) => {
    const members = membersOf(interest, kind);
    const node = kind.letter === 'R' && nodeFd >= 0;
    return setList(kind, 'watched', members, [
      ...chips(members, kind, 'watched', fds),
      ...(node ? [nodeChip(nodeFd)] : members.length === 0 ? [none()] : []),
    ]);
  });
}

/** Fds that were watched and not returned stay visible, in grey. */
function results(view: View): HTMLElement[] {
  if (view.prediction === 'judged') return [verdictTable(view)];
  const { state } = view;
  const { interest, ready, fds } = state;
  const isShown = showsResult(view);
  return EVENT_KINDS.map((kind) => {
    const members = isShown ? membersOf(ready, kind) : [];
    const others = membersOf(interest, kind).filter((fd) => !isShown || ((ready.get(fd) ?? 0) & kind.bit) === 0);
    return setList(kind, members.length > 0 ? 'ready' : 'watched', members, [
      ...chips(members, kind, 'ready', fds, (fd) => troubleSign(fd, state)),
      ...chips(others, kind, 'not-ready', fds),
      ...(members.length + others.length === 0 ? [none()] : []),
    ]);
  });
}

/** The names of hang-ups and errors, which make an fd readable or writable without bytes or room. */
function troubleSign(fd: number, state: TurnState): HTMLElement | false {
  const text = troubleText(state.revents.get(fd) ?? 0, ' ');
  return text !== '' && h('small.trouble', { title: reasonOf(fd, state) }, text);
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

function none(): HTMLElement {
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
    .slice(0, MAX_CHIPS)
    .map((fd) => h(chip, { title: nameOf(fd, names), 'data-fd': fd }, String(fd), sign(fd)));
  const more = fds.length - shown.length;
  return more > 0 ? [...shown, h('span.faint', {}, `and ${numberText(more)} more`)] : shown;
}

function nodeChip(fd: number): HTMLElement {
  return h('span.chip.node', { title: "Node's own event loop is one more fd in the wait" }, `${fd} Node`);
}

function calls(view: View): HTMLElement {
  if (!showsResult(view)) return h('p.faint', {}, 'Nothing yet: it waits.');
  const { turn, during } = view.state;
  const items = turn.did.slice(0, MAX_CALLS).map(([call, fd, result]) => callItem(call, fd, result));
  const closed = during.filter(({ type }) => type === 'close').map((line) => h('li', {}, eventText(line)));
  if (items.length + closed.length === 0) return h('p.faint', {}, 'Nothing: it waits again.');
  const [moreCalls, moreClosed] = [turn.did.length - items.length, closed.length - MAX_CLOSED];
  return h(
    'ol.made-calls',
    {},
    ...items,
    moreCalls > 0 && h('li.faint', {}, `and ${countText(moreCalls, 'more call')}`),
    ...closed.slice(0, MAX_CLOSED),
    moreClosed > 0 && h('li.faint', {}, `and ${countText(moreClosed, 'more fd')} closed`),
  );
}

function callItem(call: string, fd: number, result: number): HTMLElement {
  const note = resultMeaning(call, result);
  const value = result < 0 ? `-1 ${errorName(result)}` : result;
  const text = call === 'message' ? `message of ${countText(result, 'byte')} from ${fd}` : `${call}(${fd}) = ${value}`;
  return h('li', { 'data-call': call }, h('code', {}, text), note !== '' && h('small', {}, note));
}
