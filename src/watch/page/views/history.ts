import type { TurnLine } from '../../../trace/format.ts';
import { kindsOf } from '../model/event-bits.ts';
import { showsResult, type View } from '../model/session.ts';
import { countNames, errorName, msText, numberText } from '../model/texts.ts';
import type { Timeline } from '../model/timeline.ts';
import { h } from './dom.ts';
import { mark } from './marks.ts';

const MAX_TURNS = 8;
/** When a turn has more fds or calls than this, they are counted instead of named. */
const MAX_NAMED = 3;

/** The last turns up to the one that is shown, the newest first. */
export function history(view: View, timeline: Timeline): HTMLElement {
  const { index } = view.state;
  const last = showsResult(view) ? index : index - 1;
  const first = Math.max(timeline.first, last - MAX_TURNS + 1);
  const turns = Array.from({ length: Math.max(last - first + 1, 0) }, (_, offset) => timeline.turnAt(last - offset));
  return h('ol.history', {}, ...turns.map((turn) => turnItem(turn, turn === view.state.turn)));
}

function turnItem(turn: TurnLine, isCurrent: boolean): HTMLElement {
  return h(
    'li',
    { 'data-turn': turn.turn, 'aria-current': isCurrent && 'step' },
    h('span.number', {}, String(turn.turn)),
    h('span.time', {}, msText(turn.waitedMs)),
    h('span.found', {}, ...found(turn)),
    h('code', {}, callsText(turn)),
  );
}

function found({ ready, cause }: TurnLine): (HTMLElement | string)[] {
  if (ready.length === 0) return [h('span.faint', {}, cause)];
  const shapes = (events: number): HTMLElement[] => kindsOf(events).map((kind) => mark(kind, 'watched', kind.word));
  if (ready.length <= MAX_NAMED) return ready.flatMap(([fd, events]) => [...shapes(events), String(fd)]);
  return [...shapes(ready.reduce((all, [, events]) => all | events, 0)), `${numberText(ready.length)} fds`];
}

function callsText({ did }: TurnLine): string {
  const calls = did.filter(([call]) => call !== 'message');
  const texts =
    calls.length > MAX_NAMED
      ? countNames(calls.map(([call]) => call)).map(([call, count]) => `${call} ×${count}`)
      : calls.map(([call, fd, result]) => `${call}(${fd})=${result < 0 ? errorName(result) : result}`);
  return texts.join(' ');
}
