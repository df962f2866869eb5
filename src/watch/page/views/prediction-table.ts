import { EVENT_KINDS, type EventKind } from '../model/event-bits.ts';
import { verdictOf } from '../model/prediction.ts';
import { offeredRows } from '../model/rows.ts';
import type { View } from '../model/session.ts';
import { countText } from '../model/texts.ts';
import type { TurnState } from '../model/timeline.ts';
import { h } from './dom.ts';
import { mark } from './marks.ts';

export function predictionNote(state: TurnState): string {
  const { more } = offeredRows(state);
  return more === 0 ? 'tick, then check' : `tick, then check; ${countText(more, 'more fd')} not asked about`;
}

export type OnTick = (fd: number, bit: number, isTicked: boolean) => void;

/** The fds with a checkbox for each set that watches them. */
export function predictionTable(view: View, onTick: OnTick): HTMLElement {
  return setTable(view, (fd, kind, isWatched) => {
    if (!isWatched) return '·';
    const box = h('input', {
      type: 'checkbox',
      'aria-label': `fd ${fd} ${kind.word}`,
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
  right: ['✓', 'right: ticked and returned'],
  wrong: ['✗', 'wrong: ticked, but not returned'],
  missed: ['!', 'missed: returned, but not ticked'],
  none: ['–', 'neither ticked nor returned'],
} as const;

/** The fds with the verdict on each checkbox. */
export function verdictTable(view: View): HTMLElement {
  return setTable(view, (fd, kind, isWatched) => {
    const isReturned = ((view.state.ready.get(fd) ?? 0) & kind.bit) !== 0;
    if (!isWatched && !isReturned) return '·';
    const verdict = verdictOf(((view.ticks.get(fd) ?? 0) & kind.bit) !== 0, isReturned);
    const [sign, title] = VERDICTS[verdict];
    return h(`span.verdict.${verdict}`, { title, 'data-verdict': verdict, role: 'img', 'aria-label': title }, sign);
  });
}

function setTable(
  view: View,
  cell: (fd: number, kind: EventKind, isWatched: boolean) => HTMLElement | string,
): HTMLElement {
  const sets = EVENT_KINDS.map((kind) => h('th', {}, mark(kind, 'watched', kind.word)));
  const rows = offeredRows(view.state).rows.map(({ fd, what, interest }) =>
    h(
      'tr',
      { 'data-fd': fd },
      h('th', { scope: 'row' }, String(fd), ' ', h('small', {}, what)),
      ...EVENT_KINDS.map((kind) => h('td', {}, cell(fd, kind, (interest & kind.bit) !== 0))),
    ),
  );
  return h('table.predict', {}, h('thead', {}, h('tr', {}, h('th', {}, 'fd'), ...sets)), h('tbody', {}, ...rows));
}
