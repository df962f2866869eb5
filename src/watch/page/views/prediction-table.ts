import { h } from './dom.ts';
import { countText, EVENT_KINDS, type EventKind } from '../model/event-kinds.ts';
import { mark } from './marks.ts';
import { verdictOf } from '../model/prediction.ts';
import { offeredRows } from '../model/rows.ts';
import type { TurnState } from '../model/timeline.ts';
import type { View } from '../model/view.ts';

/**
 * What the learner is to do.
 * @param state The turn.
 * @returns A few words.
 */
export function tickNote(state: TurnState): string {
  const { more } = offeredRows(state);
  return more === 0 ? 'tick, then check' : `tick, then check; ${countText(more, 'more fd')} not asked about`;
}

/** Called when the learner ticks an fd of a set, or takes the tick back. */
export type OnTick = (fd: number, bit: number, ticked: boolean) => void;

/**
 * The fds with a box for each set that is asked for.
 * @param view What to show.
 * @param onTick What to call.
 * @returns A table.
 */
export function predictionTable(view: View, onTick: OnTick): HTMLElement {
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

/**
 * What was ticked, against what came.
 * @param view What to show.
 * @returns A table.
 */
export function verdictTable(view: View): HTMLElement {
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
