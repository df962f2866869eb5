import { EVENT_EXCEPTIONAL, EVENT_READ, EVENT_WRITE, toMask } from '../selectors/event-mask.ts';
import type { Backend } from '../server/loop/wait-set/backend.ts';
import type { TurnAction, TurnRecord } from '../server/turns/turn-record.ts';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP } from '../system/constants/select.ts';
import { errorCode } from '../system/errors.ts';

/** The parts of a turn that `traceText` prints. */
export interface PrintedTurn extends Pick<
  TurnRecord,
  'call' | 'asked' | 'timeoutSeconds' | 'woken' | 'tookSeconds' | 'did'
> {
  /** As in TurnRecord. A turn from an old trace may have no bits of poll(2). */
  readonly ready: readonly PrintedFd[];
}

type PrintedFd = readonly [fd: number, events: number, revents?: number];

/**
 * Prints a turn as strace would, with the calls that the program made after it.
 * @param turn The turn, from `onTurn` or from a trace.
 * @returns Lines without a final newline: `select(9, [4 6 8], [], [4 6 8], 1.000) = 1 (in [6]) 0.412 s`.
 */
export function traceText(turn: PrintedTurn): string {
  const calls = turn.did.map(({ call, fd, result }) => `  ${actionText(call, fd, result)}`);
  return [`${waitTexts[turn.call](turn)} ${turn.tookSeconds.toFixed(3)} s`, ...calls].join('\n');
}

/** Each event with the name that strace gives to its set of select. */
const EVENT_NAMES = [
  [EVENT_READ, 'in'],
  [EVENT_WRITE, 'out'],
  [EVENT_EXCEPTIONAL, 'exc'],
] as const;

/** The bits that poll(2) and epoll(7) report without having been asked for others. Both use the same values. */
const BIT_NAMES = [
  [POLLIN, 'IN'],
  [POLLPRI, 'PRI'],
  [POLLOUT, 'OUT'],
  [POLLERR, 'ERR'],
  [POLLHUP, 'HUP'],
  [POLLNVAL, 'NVAL'],
  [POLLRDHUP, 'RDHUP'],
] as const;

const waitTexts: Readonly<Record<Backend, (turn: PrintedTurn) => string>> = {
  select({ asked, timeoutSeconds, ready, woken }) {
    const highest = Math.max(-1, ...asked.map(([fd]) => fd));
    const [r, w, x] = EVENT_NAMES.map(([bit]) => setText(asked, bit));
    const sets = EVENT_NAMES.map(([bit, name]) => [name, setText(ready, bit)]).filter(([, set]) => set !== '[]');
    const bits = ready.flatMap(([, events]) => EVENT_NAMES.filter(([bit]) => (events & bit) !== 0));
    const result = sets.map((set) => set.join(' ')).join(', ') || nothingText(woken);
    return `select(${highest + 1}, ${r}, ${w}, ${x}, ${timeoutSeconds.toFixed(3)}) = ${bits.length} (${result})`;
  },
  poll: (turn) => tableText('poll', 'POLL', 'revents', turn),
  epoll: (turn) => tableText('epoll_wait', 'EPOLL', 'events', turn),
};

function tableText(call: string, prefix: string, resultField: string, turn: PrintedTurn): string {
  const { asked, timeoutSeconds, ready, woken } = turn;
  const text = (fds: readonly PrintedFd[], field: string): string =>
    `[${fds.map(([fd, events, mask]) => `{fd=${fd}, ${field}=${maskText(prefix, mask ?? toMask(events))}}`).join(', ')}]`;
  const result = ready.length === 0 ? nothingText(woken) : text(ready, resultField);
  const timeoutMs = Math.ceil(timeoutSeconds * 1e3);
  return `${call}(${text(asked, 'events')}, ${asked.length}, ${timeoutMs}) = ${ready.length} (${result})`;
}

function nothingText(woken: boolean): string {
  return woken ? 'woken' : 'timeout';
}

function setText(fds: readonly PrintedFd[], bit: number): string {
  const members = fds.filter(([, events]) => (events & bit) !== 0).map(([fd]) => fd);
  return `[${members.sort((a, b) => a - b).join(' ')}]`;
}

function maskText(prefix: string, mask: number): string {
  const named = BIT_NAMES.filter(([bit]) => (mask & bit) !== 0);
  const unnamed = named.reduce((rest, [bit]) => rest & ~bit, mask);
  const names = named.map(([, name]) => prefix + name);
  return [...names, ...(unnamed === 0 ? [] : [`0x${(unnamed >>> 0).toString(16)}`])].join('|') || '0';
}

function actionText(call: TurnAction['call'], fd: number, result: number): string {
  switch (call) {
    case 'message':
      return `message of ${result} byte${result === 1 ? '' : 's'} from ${fd}`;
    case 'close':
      return `close(${fd})`;
    default:
      return `${call}(${fd}) = ${result < 0 ? `-1 ${errorCode(result)}` : result}`;
  }
}
