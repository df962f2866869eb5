import { countText, eventWords, listText, msText, numberText } from './event-kinds.ts';
import { reasonOf } from './reasons.ts';
import { enderOf, happeningText } from './sentences.ts';
import type { TurnState } from './timeline.ts';
import type { HappeningLine } from './trace-line.ts';

/** What happened in a wait beside what was asked for: Node's own loop, a signal, a button of the page. */
export interface WaitMark {
  /** What it is. */
  readonly kind: 'node' | 'signal' | 'action';
  /** When, in ms since the wait began; more than once for Node's own loop, nothing where that is not recorded. */
  readonly atMs: readonly number[];
  /** What it is, in words. */
  readonly text: string;
}

/**
 * What happened in a wait, by the time of the first of each kind.
 * @param state The turn.
 * @param endMs The time up to which the wait is shown, in ms since it began.
 * @returns The marks.
 */
export function waitMarks(state: TurnState, endMs = state.turn.waitedMs): WaitMark[] {
  const { turn, nodeFd, during } = state;
  const { nodeWakes = 0, wakes = [], waitedMs } = turn;
  const marks = during.flatMap((line): WaitMark[] => {
    if (line.type !== 'signal' && line.type !== 'action') return [];
    // What woke the call may be written down a moment after the call has ended.
    const atMs = Math.min(Math.max(line.ms - turn.ms, 0), waitedMs);
    const text = line.type === 'signal' ? `The signal ${line.name} came; Node runs its handler.` : happeningText(line);
    return [{ kind: line.type, atMs: [atMs], text }];
  });
  if (nodeWakes > 0) marks.push({ kind: 'node', atMs: wakes, text: nodeText(nodeFd, nodeWakes, wakes.length) });
  const inTime = marks
    .map((mark) => ({ ...mark, atMs: mark.atMs.filter((ms) => ms <= endMs) }))
    .filter(({ kind, atMs }) => atMs.length > 0 || (kind === 'node' && wakes.length === 0 && endMs >= waitedMs));
  return inTime.sort((a, b) => (a.atMs[0] ?? 0) - (b.atMs[0] ?? 0));
}

function nodeText(fd: number, count: number, known: number): string {
  const times = count === 1 ? 'once' : `${numberText(count)} times`;
  const rest = known === 0 ? '; when is not recorded' : known < count ? `; the first ${known} are drawn` : '';
  return `Node's own loop (fd ${fd}) had work ${times}, and the wait went on${rest}.`;
}

// Times that are named; of more, the number is in the text.
const MOST_TIMES = 3;

/**
 * The times of a mark.
 * @param mark The mark.
 * @returns `120 ms, 355 ms`; empty where they are not recorded.
 */
export function timesText(mark: WaitMark): string {
  const { atMs } = mark;
  return [...atMs.slice(0, MOST_TIMES).map(msText), ...(atMs.length > MOST_TIMES ? ['…'] : [])].join(', ');
}

/**
 * What ended a wait.
 * @param state The turn.
 * @returns `woken by fd 20: readable`.
 */
export function endText(state: TurnState): string {
  const { turn, ready } = state;
  if (ready.size > 1) return `woken by ${countText(ready.size, 'fd')}${sharedReason(state)}`;
  for (const [fd, events] of ready) {
    const why = [eventWords(events), reasonOf(fd, state)].filter(Boolean).join(', because ');
    return `woken by fd ${fd}: ${why}`;
  }
  if (turn.cause === 'timeout') return turn.timeoutMs === 0 ? 'a look without waiting' : 'ended by the timeout';
  return turn.cause === 'woken' ? `ended by ${enderOf(state)}` : 'nothing was found';
}

function sharedReason(state: TurnState): string {
  const all = [...state.ready].map(([fd]) => fd).filter((fd) => reasonOf(fd, state) !== '');
  if (all.length === 0) return '';
  const who = all.length > MOST_TIMES ? countText(all.length, 'fd') : listText(all.map((fd) => `fd ${fd}`));
  return `; hang-up or error at ${who}`;
}

/**
 * What happened since the wait before that the reader must know: a button, a signal, a program that was stopped.
 * @param before What happened.
 * @returns Sentences.
 */
export function beforeTexts(before: readonly HappeningLine[]): string[] {
  return before.flatMap((line, index) => {
    if (line.type === 'action' || line.type === 'signal') return [happeningText(line)];
    if (line.type !== 'hold' || !line.held) return [];
    const end = before.slice(index).find((later) => later.type === 'hold' && !later.held);
    // Without an end, the turn was one that somebody asked for.
    if (end === undefined) return ['The program was stopped, and then asked for this turn.'];
    return [`The program was stopped for ${msText(end.ms - line.ms)}: what came then waited in the kernel.`];
  });
}
