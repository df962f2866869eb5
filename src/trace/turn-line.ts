import type { TurnRecord } from '../server/turns/turn-record.ts';
import { type FdState, MOST_FD, type TurnLine } from './format.ts';
import { interestChanges } from './trace-state.ts';

/**
 * The line of a turn.
 * @param turn The turn.
 * @param number Its number.
 * @param startMs When the trace began, on the clock of `performance.now()`.
 * @param interest What was asked for in the turn before; brought up to date.
 * @param state What waited at fds, where that is new.
 * @returns The line; fds above MOST_FD are left out.
 */
export function turnLine(
  turn: TurnRecord,
  number: number,
  startMs: number,
  interest: Map<number, number>,
  state: [number, FdState][],
): TurnLine {
  const { skipped, wakes } = turn;
  const asked = turn.asked.filter(([fd]) => isShown(fd));
  return {
    type: 'turn',
    turn: number,
    ms: rounded(turn.beganMs - startMs),
    call: turn.call,
    timeoutMs: finite(turn.timeoutSeconds * 1e3),
    waitedMs: rounded(turn.tookSeconds * 1e3),
    cause: turn.woken ? 'woken' : turn.ready.length > 0 ? 'ready' : 'timeout',
    nodeWakes: turn.nodeWakes,
    ...(wakes.length > 0 ? { wakes: wakes.map(rounded) } : {}),
    interest: interestChanges(interest, asked),
    ready: turn.ready.filter(([fd]) => isShown(fd)).map(([fd, events, revents]) => [fd, events, revents]),
    did: turn.did.filter(({ fd }) => isShown(fd)).map(({ call, fd, result }) => [call, fd, result]),
    state,
    ...(skipped > 0 ? { skipped, skippedDid: turn.skippedDid } : {}),
  };
}

/**
 * Whether an fd is one that a trace has.
 * @param fd The fd.
 * @returns So.
 */
export function isShown(fd: number): boolean {
  return fd <= MOST_FD;
}

/**
 * Rounds to microseconds: that is as exact as it gets.
 * @param ms Milliseconds.
 * @returns Milliseconds.
 */
export function rounded(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}

/**
 * A length as JSON has it, which has no Infinity: -1 is what poll(2) says for ever.
 * @param value The length.
 * @returns It, or -1.
 */
export function finite(value: number): number {
  return Number.isFinite(value) ? rounded(value) : -1;
}
