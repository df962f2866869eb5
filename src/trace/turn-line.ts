import type { TurnRecord } from '../server/turns/turn-record.ts';
import { MAX_FD, type TurnLine } from './format.ts';
import { interestChanges } from './trace-state.ts';

/**
 * Makes the line of a turn without the fds above MAX_FD. `startMs` is on the clock of `performance.now()`. `interest` has the EVENT_*
 * bits as of the turn before, and is updated.
 */
export function turnLine(
  turn: TurnRecord,
  number: number,
  startMs: number,
  interest: Map<number, number>,
  state: TurnLine['state'],
): TurnLine {
  const { skipped, wakes } = turn;
  const asked = turn.asked.filter(([fd]) => isTraceable(fd));
  return {
    type: 'turn',
    turn: number,
    ms: roundMs(turn.beganMs - startMs),
    call: turn.call,
    timeoutMs: limitForJson(turn.timeoutSeconds * 1e3),
    waitedMs: roundMs(turn.tookSeconds * 1e3),
    cause: turn.woken ? 'woken' : turn.ready.length > 0 ? 'ready' : 'timeout',
    nodeWakes: turn.nodeWakes,
    ...(wakes.length > 0 ? { wakes: wakes.map(roundMs) } : {}),
    interest: interestChanges(interest, asked),
    ready: turn.ready.filter(([fd]) => isTraceable(fd)),
    did: turn.did.filter(({ fd }) => isTraceable(fd)).map(({ call, fd, result }) => [call, fd, result] as const),
    state,
    ...(skipped > 0 ? { skipped, skippedDid: turn.skippedDid } : {}),
  };
}

export function isTraceable(fd: number): boolean {
  return fd <= MAX_FD;
}

/** Rounds a time in ms to microseconds, because no clock here is more exact. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}

/** Returns -1 for Infinity, which JSON does not have; poll(2) uses -1 for "no limit", too. */
export function limitForJson(value: number): number {
  return Number.isFinite(value) ? roundMs(value) : -1;
}
