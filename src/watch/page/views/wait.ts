import { waitText } from '../model/sentences.ts';
import { showsResult, type View } from '../model/session.ts';
import { countText, msText } from '../model/texts.ts';
import type { TurnState } from '../model/timeline.ts';
import { beforeTexts, endText, markTimes, type WaitMark, waitMarks } from '../model/wait-marks.ts';
import { h } from './dom.ts';

export function timeoutNote({ turn: { timeoutMs } }: TurnState): string {
  return timeoutMs < 0 ? 'without a limit' : `at most ${msText(timeoutMs)}`;
}

/** The wait as a bar with a time scale, and below it a legend that ends with what ended the wait. */
export function waitParts(view: View): HTMLElement[] {
  const { turn } = view.state;
  const marks =
    view.prediction === 'open' ? untimedMarks(view.state) : waitMarks(view.state, turn.waitedMs * view.progress);
  return [waitBar(view, marks), legend(view, marks)];
}

/** What a learner needs for a prediction: the events, without the times, which would tell when the wait ended. */
function untimedMarks(state: TurnState): WaitMark[] {
  return waitMarks(state)
    .filter(({ kind }) => kind !== 'node')
    .map((mark) => ({ ...mark, atMs: [] }));
}

/** The whole bar is the timeout, or the wait itself when there is no timeout. */
function waitBar({ state, progress, prediction }: View, marks: readonly WaitMark[]): HTMLElement {
  const { turn } = state;
  const wholeMs = turn.timeoutMs > 0 ? Math.max(turn.timeoutMs, turn.waitedMs) : Math.max(turn.waitedMs, 1);
  const isHidden = prediction === 'open';
  const part = isHidden ? 0 : Math.min(turn.waitedMs / wholeMs, 1) * progress;
  const pins = marks.flatMap(({ kind, atMs }) =>
    atMs.map((ms) => h(`span.pin.${kind}`, { '--at': (ms / wholeMs).toFixed(4), 'data-pin': kind, 'data-ms': ms })),
  );
  const label = isHidden ? 'The wait is hidden.' : `The loop waited ${waitText(state)}.`;
  const scale = ['0', msText(wholeMs / 2), msText(wholeMs)].map((text) => h('span', {}, text));
  return h(
    'div.wait',
    { '--part': part, 'data-part': part.toFixed(4), role: 'img', 'aria-label': label },
    h('div.track', {}, h('div.passed', { 'data-cause': turn.cause, 'data-passed': part > 0 }), ...pins),
    h('div.scale', { 'aria-hidden': 'true' }, ...scale),
  );
}

function legend(view: View, marks: readonly WaitMark[]): HTMLElement {
  const { turn, before } = view.state;
  const skipped = turn.skipped ? [`${countText(turn.skipped, 'turn')} not recorded.`] : [];
  const earlier = [...skipped, ...beforeTexts(before)].map((text) => item('before', 'before', text));
  const inWait = marks.map((mark) => item(mark.kind, markTimes(mark), mark.text));
  return h('ul.wait-marks', {}, ...earlier, ...inWait, end(view));
}

function item(kind: string, time: string, text: string): HTMLElement {
  const sign = h(`span.pin.${kind}`, { 'aria-hidden': 'true' });
  return h('li', { 'data-mark': kind }, sign, h('span', {}, time !== '' && h('span.time', {}, time), text));
}

function end(view: View): HTMLElement {
  const { turn } = view.state;
  const sign = h('span.pin.end', { 'aria-hidden': 'true' });
  if (!showsResult(view)) return h('li.cause', { 'data-cause': 'unknown' }, sign, 'The thread sleeps in the kernel.');
  const time = h('strong', {}, msText(turn.waitedMs));
  return h('li.cause', { 'data-cause': turn.cause }, sign, h('span', {}, time, ` ${endText(view.state)}`));
}
