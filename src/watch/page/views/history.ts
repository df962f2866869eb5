import { h } from './dom.ts';
import { countCalls, errorName, kindsOf, msText, numberText } from '../model/event-kinds.ts';
import { mark } from './marks.ts';
import type { Timeline } from '../model/timeline.ts';
import type { TurnLine } from '../model/trace-line.ts';
import { hasReturned, type View } from '../model/view.ts';

// As many turns as are taken in at a glance.
const MOST_TURNS = 8;
// Calls, and fds, that are named; more are counted.
const MOST_NAMED = 3;

/**
 * The last turns up to the one that is shown, a line each, the newest first.
 * @param view What is shown.
 * @param timeline The trace.
 * @returns A list.
 */
export function tape(view: View, timeline: Timeline): HTMLElement {
  const { index } = view.state;
  const last = hasReturned(view) ? index : index - 1;
  const first = Math.max(timeline.first, last - MOST_TURNS + 1);
  const turns = Array.from({ length: Math.max(last - first + 1, 0) }, (_, offset) => timeline.turnAt(last - offset));
  return h('ol.tape', {}, ...turns.map((turn) => tapeLine(turn, turn === view.state.turn)));
}

function tapeLine(turn: TurnLine, isCurrent: boolean): HTMLElement {
  return h(
    'li',
    { 'data-turn': turn.turn, 'aria-current': isCurrent && 'step' },
    h('span.number', {}, String(turn.turn)),
    h('span.time', {}, msText(turn.waitedMs)),
    h('span.found', {}, ...found(turn)),
    h('code', {}, deedsText(turn)),
  );
}

function found({ ready = [], cause }: TurnLine): (HTMLElement | string)[] {
  if (ready.length === 0) return [h('span.faint', {}, cause)];
  const shapes = (events: number): HTMLElement[] => kindsOf(events).map((kind) => mark(kind, 'asked', kind.word));
  if (ready.length <= MOST_NAMED) return ready.flatMap(([fd, events]) => [...shapes(events), String(fd)]);
  return [...shapes(ready.reduce((all, [, events]) => all | events, 0)), `${numberText(ready.length)} fds`];
}

function deedsText({ did = [] }: TurnLine): string {
  const calls = did.filter(([call]) => call !== 'message');
  if (calls.length > MOST_NAMED)
    return countCalls(calls)
      .map(([call, count]) => `${call} ×${count}`)
      .join(' ');
  return calls.map(([call, fd, result]) => `${call}(${fd})=${result < 0 ? errorName(result) : result}`).join(' ');
}
