import type { FdState } from '../../../trace/format.ts';
import type { TurnState } from './timeline.ts';

/** The highest number of fds that have a row, and of entries of a list. Nobody would read more than that. */
export const MAX_ROWS = 16;

/** A row of the table of fds. Numbers of bytes and events are 0 when the trace does not have them. */
export interface FdRow extends Required<Pick<FdState, 'kernelIn' | 'kernelOut' | 'queued' | 'backlog'>> {
  readonly fd: number;
  /** 'listener', 'client' and so on. */
  readonly what: string;
  /** The address of a listener; the peer's address of a client. */
  readonly name: string;
  /** The EVENT_* bits that the call watched. */
  readonly interest: number;
  /** The EVENT_* bits that the call returned. */
  readonly ready: number;
  readonly revents: number;
  /** The state of the fd in the program, in a word or two. */
  readonly condition: string;
  /** The state of the TCP connection at the end of the wait; empty when unknown. */
  readonly tcp: string;
  /** Whether `condition` tells something about the result of this turn. */
  readonly isOutcome: boolean;
}

/**
 * Chooses the rows of a turn, and folds the other fds; both in the order of their numbers. When there are more than `maxRows` fds,
 * those get a row that are ready, hold bytes, have changed or are not clients. When `showsResult` is false, the choice must not
 * depend on the result.
 */
export function rowsOf(
  state: TurnState,
  maxRows: number,
  showsResult = true,
): { readonly rows: readonly FdRow[]; readonly folded: readonly FdRow[] } {
  const ranked = rankedRows(state, showsResult);
  // When very many fds have come or gone at once, this is no reason to show some of them.
  const minWeight = state.ctl.length > maxRows ? 1 : 0;
  const weighty = ranked.filter(({ weight }) => weight > minWeight).length;
  const count = ranked.length <= maxRows ? ranked.length : Math.min(weighty, maxRows);
  return { rows: byFd(ranked.slice(0, count)), folded: byFd(ranked.slice(count)) };
}

/** The fds of a prediction, the same before the result is shown and after, and the number of watched fds that are not offered. */
export function offeredRows(state: TurnState): { readonly rows: readonly FdRow[]; readonly more: number } {
  const isOffered = ({ row }: RankedRow): boolean => row.interest !== 0 && row.fd !== state.nodeFd;
  const rows = byFd(rankedRows(state, false).slice(0, MAX_ROWS).filter(isOffered));
  return { rows, more: state.interest.size - rows.length };
}

interface RankedRow {
  readonly row: FdRow;
  readonly weight: number;
}

function rankedRows(state: TurnState, showsResult: boolean): RankedRow[] {
  const fds = new Set([...state.fds.keys(), ...state.interest.keys()]);
  if (state.nodeFd >= 0) fds.add(state.nodeFd);
  const changed = new Set(state.ctl.map(({ fd }) => fd));
  const closed = new Map(state.during.flatMap((line) => (line.type === 'close' ? [[line.fd, line.reason]] : [])));
  // The queues are as of the end of the wait, so they would tell the result.
  const isBusy = ({ kernelIn, kernelOut, queued, backlog, tcp, isOutcome }: FdRow): boolean =>
    kernelIn + kernelOut + queued + backlog > 0 || isOutcome || !(tcp === '' || tcp === 'ESTAB');
  const weigh = (row: FdRow): number =>
    Number(showsResult && row.ready !== 0) * 8 +
    Number(row.what !== 'client') * 4 +
    Number(showsResult && isBusy(row)) * 2 +
    Number(changed.has(row.fd));
  const ranked = [...fds].map((fd) => rowOf(fd, state, closed)).map((row) => ({ row, weight: weigh(row) }));
  return ranked.sort((a, b) => b.weight - a.weight || a.row.fd - b.row.fd);
}

function byFd(ranked: readonly RankedRow[]): FdRow[] {
  return ranked.map(({ row }) => row).sort((a, b) => a.fd - b.fd);
}

function rowOf(fd: number, state: TurnState, closed: ReadonlyMap<number, string>): FdRow {
  const { ready, revents, nodeFd } = state;
  const isNode = fd === nodeFd;
  const { what, name } =
    state.fds.get(fd) ?? (isNode ? { what: "Node's own event loop", name: 'epoll' } : { what: '?', name: '' });
  const { kernelIn = 0, kernelOut = 0, queued = 0, backlog = 0, paused = false, tcp = '' } = state.queues.get(fd) ?? {};
  const interest = isNode ? 1 : (state.interest.get(fd) ?? 0);
  const open = what === 'listener' ? 'listening' : isNode ? 'always watched' : 'open';
  const condition = paused ? 'reading paused' : interest === 0 ? 'not watched' : open;
  const isOutcome = closed.has(fd);
  return {
    ...{ fd, what, name, interest, kernelIn, kernelOut, queued, backlog, tcp, isOutcome },
    ready: ready.get(fd) ?? 0,
    revents: revents.get(fd) ?? 0,
    condition: isOutcome ? `closes: ${closed.get(fd)!}` : condition,
  };
}
