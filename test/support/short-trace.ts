import type { TraceHeader, TraceLine, TurnLine } from '../../src/trace/format.ts';
import { headerLine, turnLine } from './trace-lines.ts';

/** A header, and a short trace with a line of each type. */
export const header: TraceHeader = headerLine();

export function turn(number: number, more: Partial<TurnLine> = {}): TurnLine {
  return turnLine({ turn: number, ms: number * 10, call: 'select', waitedMs: 9, ...more });
}

export const lines: TraceLine[] = [
  turn(1, { interest: [[20, 1]], cause: 'ready', ready: [[20, 1]], did: [['accept', 20, 21]] }),
  { type: 'open', ms: 19, fd: 21, what: 'client', name: '127.0.0.1:40404' },
  turn(2, {
    interest: [[21, 5]],
    ready: [[21, 4, 2]],
    cause: 'ready',
    nodeWakes: 2,
    wakes: [1, 2.5],
    did: [['recv', 21, -11]],
  }),
  { type: 'signal', ms: 25, name: 'SIGUSR2' },
  { type: 'hold', ms: 25.5, held: true },
  { type: 'action', ms: 26, action: 'urgent', text: 'A client sends an urgent byte.' },
  turn(3, {
    interest: [[21, 7]],
    state: [[21, { kernelIn: 1, kernelOut: 2, queued: 3, paused: true, tcp: 'FIN-WAIT-1' }]],
    skipped: 4,
    skippedDid: { recv: 5 },
  }),
  { type: 'close', ms: 39, fd: 21, reason: 'eof' },
  turn(4, { interest: [[21, 0]], cause: 'woken' }),
  { type: 'end', ms: 50, turns: 8, skipped: 4 },
];
