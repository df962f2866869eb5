import type { TurnState } from './timeline.ts';
import { MOST_ROWS } from './view.ts';

/** A row of the table of fds. */
export interface FdRow {
  /** The fd. */
  readonly fd: number;
  /** 'listener', 'client' and so on. */
  readonly what: string;
  /** Its address, or the peer's. */
  readonly name: string;
  /** What is asked, as EVENT_* bits. */
  readonly interest: number;
  /** What came back, as EVENT_* bits. */
  readonly ready: number;
  /** What came back, in raw bits; 0 where they are not recorded. */
  readonly revents: number;
  /** Bytes in the kernel's receive buffer. */
  readonly kernelIn: number;
  /** Bytes in the kernel's send buffer. */
  readonly kernelOut: number;
  /** Bytes in the program's own queue. */
  readonly queued: number;
  /** For a listener: the connections that wait to be accepted. */
  readonly backlog: number;
  /** Its state for the program, in a word or two. */
  readonly condition: string;
  /** The state of its TCP connection at the end of the wait; empty where it is not known. */
  readonly tcp: string;
  /** Whether its condition is a consequence of this turn's result. */
  readonly isOutcome: boolean;
}

/** The rows that are shown, and those that are folded. */
export interface FdRows {
  /** The rows, by fd. */
  readonly rows: readonly FdRow[];
  /** The others, by fd. */
  readonly rest: readonly FdRow[];
}

/**
 * The rows of a turn. With many fds, those are shown that are ready, hold bytes, have changed, or are no clients.
 * @param state The turn.
 * @param most The largest number of rows that are shown.
 * @param isAnswer Whether what is ready may be known: else it does not decide.
 * @returns The rows.
 */
export function rowsOf(state: TurnState, most: number, isAnswer = true): FdRows {
  const ranked = rankedRows(state, isAnswer);
  // Where very many have come or gone at once, that is no reason to show some of them.
  const least = state.ctl.length > most ? 1 : 0;
  const some = ranked.filter(({ weight }) => weight > least).length;
  const count = ranked.length <= most ? ranked.length : Math.min(some, most);
  return { rows: byFd(ranked.slice(0, count)), rest: byFd(ranked.slice(count)) };
}

/**
 * The fds that a learner is asked about, before the answer and after it.
 * @param state The turn.
 * @returns Those of the program that are asked for; the others do not count.
 */
export function offeredRows(state: TurnState): { readonly rows: readonly FdRow[]; readonly more: number } {
  const isOffered = ({ row }: RankedRow): boolean => row.interest !== 0 && row.fd !== state.nodeFd;
  const rows = byFd(rankedRows(state, false).slice(0, MOST_ROWS).filter(isOffered));
  return { rows, more: state.interest.size - rows.length };
}

interface RankedRow {
  readonly row: FdRow;
  readonly weight: number;
}

function rankedRows(state: TurnState, isAnswer: boolean): RankedRow[] {
  const fds = new Set([...state.fds.keys(), ...state.interest.keys()]);
  if (state.nodeFd >= 0) fds.add(state.nodeFd);
  const changed = new Set(state.ctl.map(({ fd }) => fd));
  const ends = new Map(state.during.flatMap((line) => (line.type === 'close' ? [[line.fd, line.reason]] : [])));
  // What waits in the kernel is as of the end of the wait: it would tell the answer.
  const isBusy = ({ kernelIn, kernelOut, queued, backlog, tcp, isOutcome }: FdRow): boolean =>
    kernelIn + kernelOut + queued + backlog > 0 || isOutcome || !(tcp === '' || tcp === 'ESTAB');
  const weigh = (row: FdRow): number =>
    Number(isAnswer && row.ready !== 0) * 8 +
    Number(row.what !== 'client') * 4 +
    Number(isAnswer && isBusy(row)) * 2 +
    Number(changed.has(row.fd));
  const ranked = [...fds].map((fd): RankedRow => {
    const row = rowOf(fd, state, ends);
    return { row, weight: weigh(row) };
  });
  return ranked.sort((a, b) => b.weight - a.weight || a.row.fd - b.row.fd);
}

function byFd(ranked: readonly RankedRow[]): FdRow[] {
  return ranked.map(({ row }) => row).sort((a, b) => a.fd - b.fd);
}

type Ends = ReadonlyMap<number, string | undefined>;

function rowOf(fd: number, { fds, interest, ready, revents, queues, nodeFd }: TurnState, ends: Ends): FdRow {
  const { what, name } =
    fds.get(fd) ?? (fd === nodeFd ? { what: "Node's own loop", name: 'epoll' } : { what: '?', name: '' });
  const { kernelIn = 0, kernelOut = 0, queued = 0, backlog = 0, paused = false, tcp = '' } = queues.get(fd) ?? {};
  const asked = fd === nodeFd ? 1 : (interest.get(fd) ?? 0);
  const reason = ends.get(fd);
  const now = what === 'listener' ? 'listening' : 'open';
  const condition = paused ? 'paused' : asked === 0 ? 'not watched' : fd === nodeFd ? 'beside ours' : now;
  return {
    fd,
    what,
    name,
    interest: asked,
    ready: ready.get(fd) ?? 0,
    revents: revents.get(fd) ?? 0,
    kernelIn,
    kernelOut,
    queued,
    backlog,
    condition: ends.has(fd) ? `closes${reason === undefined ? '' : `: ${reason}`}` : condition,
    tcp,
    isOutcome: ends.has(fd),
  };
}
