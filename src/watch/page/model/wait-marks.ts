import type { EventLine } from '../../../trace/format.ts';
import { readyText, reasonOf } from './reasons.ts';
import { enderOf, eventText } from './sentences.ts';
import { countText, listText, msText, timesText } from './texts.ts';
import type { TurnState } from './timeline.ts';

/** Something that happened during a wait, besides what the call watched. */
export interface WaitMark {
  readonly kind: 'node' | 'signal' | 'action';
  /** When it happened, in ms since the wait began. Node's own event loop may run several times; empty when not recorded. */
  readonly atMs: readonly number[];
  readonly text: string;
}

/** Returns what happened during a wait, in the order of the first time of each mark. `endMs` is the time shown so far. */
export function waitMarks(state: TurnState, endMs = state.turn.waitedMs): WaitMark[] {
  const { turn, nodeFd, during } = state;
  const { nodeWakes, wakes = [], waitedMs } = turn;
  const marks = during.flatMap((line): WaitMark[] => {
    if (line.type !== 'signal' && line.type !== 'action') return [];
    // An event that ended the call may be recorded a moment after the call has ended.
    const atMs = Math.min(Math.max(line.ms - turn.ms, 0), waitedMs);
    const text =
      line.type === 'signal' ? `The signal ${line.name} arrived, and Node ran its handler.` : eventText(line);
    return [{ kind: line.type, atMs: [atMs], text }];
  });
  if (nodeWakes > 0) marks.push({ kind: 'node', atMs: wakes, text: nodeText(nodeFd, nodeWakes, wakes.length) });
  const shown = marks
    .map((mark) => ({ ...mark, atMs: mark.atMs.filter((ms) => ms <= endMs) }))
    .filter(({ kind, atMs }) => atMs.length > 0 || (kind === 'node' && wakes.length === 0 && endMs >= waitedMs));
  return shown.sort((a, b) => (a.atMs[0] ?? 0) - (b.atMs[0] ?? 0));
}

function nodeText(fd: number, count: number, recorded: number): string {
  const note =
    recorded === 0
      ? ' The trace does not say when.'
      : recorded < count
        ? ` The trace has the times of the first ${recorded}.`
        : '';
  return `Node's own event loop (fd ${fd}) ran ${timesText(count)}, and the wait continued.${note}`;
}

/** When there are more times or fds than this, the rest is left out or counted. */
const MAX_NAMED = 3;

/** `120 ms, 355 ms`; an empty string when the times are not recorded. */
export function markTimes({ atMs }: WaitMark): string {
  return [...atMs.slice(0, MAX_NAMED).map(msText), ...(atMs.length > MAX_NAMED ? ['…'] : [])].join(', ');
}

/** Says what ended a wait: `until fd 20 was readable`. */
export function endText(state: TurnState): string {
  const { turn, ready } = state;
  if (ready.size > 1) return `until ${countText(ready.size, 'fd')} were ready${troubleNote(state)}`;
  for (const fd of ready.keys()) return `until fd ${fd} was ${readyText(fd, state)}`;
  if (turn.cause === 'timeout') return turn.timeoutMs === 0 ? 'for a check without waiting' : 'until the timeout';
  return turn.cause === 'woken' ? `until ${enderOf(state)} ended the wait` : 'without a result';
}

function troubleNote(state: TurnState): string {
  const fds = [...state.ready.keys()].filter((fd) => reasonOf(fd, state) !== '');
  if (fds.length === 0) return '';
  const names = fds.length > MAX_NAMED ? countText(fds.length, 'fd') : listText(fds.map((fd) => `fd ${fd}`));
  return `; hang-up or error on ${names}`;
}

/** Tells what the reader has to know of the time before a turn: buttons, signals, and pauses of the program. */
export function beforeTexts(before: readonly EventLine[]): string[] {
  return before.flatMap((line, index) => {
    if (line.type === 'action' || line.type === 'signal') return [eventText(line)];
    if (line.type !== 'hold' || !line.held) return [];
    const end = before.slice(index).find((later) => later.type === 'hold' && !later.held);
    if (end === undefined) return ['The program was paused, and somebody asked for this one turn.'];
    return [`The program was paused for ${msText(end.ms - line.ms)}: what clients sent then waited in the kernel.`];
  });
}
