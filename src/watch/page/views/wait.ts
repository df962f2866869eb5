import { h } from './dom.ts';
import { countText, msText } from '../model/event-kinds.ts';
import { waitText } from '../model/sentences.ts';
import type { TurnState } from '../model/timeline.ts';
import { beforeTexts, endText, timesText, type WaitMark, waitMarks } from '../model/wait-marks.ts';
import { hasReturned, type View } from '../model/view.ts';

/**
 * How long the wait may be.
 * @param state The turn.
 * @returns A few words.
 */
export function waitNote(state: TurnState): string {
  const { timeoutMs } = state.turn;
  return timeoutMs < 0 ? 'for ever, if need be' : `at most ${msText(timeoutMs)}`;
}

/**
 * The wait, drawn to time; below it the legend of what is drawn, with what ended it.
 * @param view What to show.
 * @returns The bar and the list.
 */
export function waitParts(view: View): HTMLElement[] {
  const { turn } = view.state;
  const isHidden = view.prediction === 'open';
  const marks = isHidden ? stimuli(view.state) : waitMarks(view.state, turn.waitedMs * view.progress);
  return [waitBar(view, marks), legend(view, marks)];
}

// What a learner is to predict from: what was done, without the times, which would tell when the wait ended.
function stimuli(state: TurnState): WaitMark[] {
  return waitMarks(state)
    .filter(({ kind }) => kind !== 'node')
    .map((mark) => ({ ...mark, atMs: [] }));
}

// The whole is the timeout, or the wait where there is none.
function waitBar({ state, progress, prediction }: View, marks: readonly WaitMark[]): HTMLElement {
  const { turn } = state;
  const wholeMs = turn.timeoutMs > 0 ? Math.max(turn.timeoutMs, turn.waitedMs) : Math.max(turn.waitedMs, 1);
  const isHidden = prediction === 'open';
  const part = isHidden ? 0 : Math.min(turn.waitedMs / wholeMs, 1) * progress;
  const pins = marks.flatMap(({ kind, atMs }) =>
    atMs.map((ms) => h(`span.pin.${kind}`, { '--at': (ms / wholeMs).toFixed(4), 'data-pin': kind, 'data-ms': ms })),
  );
  const label = isHidden ? 'The wait is hidden.' : `The loop waited ${waitText(state)}.`;
  return h(
    'div.wait',
    { '--part': part, 'data-part': part.toFixed(4), role: 'img', 'aria-label': label },
    h('div.track', {}, h('div.passed', { 'data-cause': turn.cause, 'data-passed': part > 0 }), ...pins),
    h(
      'div.scale',
      { 'aria-hidden': 'true' },
      h('span', {}, '0'),
      h('span', {}, msText(wholeMs / 2)),
      h('span', {}, msText(wholeMs)),
    ),
  );
}

function legend(view: View, marks: readonly WaitMark[]): HTMLElement {
  const { state } = view;
  const { turn, before } = state;
  const earlier = beforeTexts(before).map((text) => item('before', 'before', text));
  const skipped = turn.skipped ? [item('before', 'before', `${countText(turn.skipped, 'turn')} not recorded.`)] : [];
  const inWait = marks.map((mark) => item(mark.kind, timesText(mark), mark.text));
  return h('ul.wait-marks', {}, ...skipped, ...earlier, ...inWait, end(view));
}

function item(kind: string, time: string, text: string): HTMLElement {
  const sign = h(`span.pin.${kind}`, { 'aria-hidden': 'true' });
  return h('li', { 'data-mark': kind }, sign, h('span', {}, time !== '' && h('span.time', {}, time), text));
}

function end(view: View): HTMLElement {
  const { turn } = view.state;
  const sign = h('span.pin.end', { 'aria-hidden': 'true' });
  if (!hasReturned(view)) return h('li.cause', { 'data-cause': 'unknown' }, sign, 'The thread sleeps in the kernel.');
  const time = h('strong', {}, msText(turn.waitedMs));
  return h('li.cause', { 'data-cause': turn.cause }, sign, h('span', {}, time, ` ${endText(view.state)}`));
}
