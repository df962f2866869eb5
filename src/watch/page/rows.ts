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
  /** Bytes in the kernel's receive buffer. */
  readonly kernelIn: number;
  /** Bytes in the kernel's send buffer. */
  readonly kernelOut: number;
  /** Bytes in the program's own queue. */
  readonly queued: number;
  /** For a listener: the connections that wait to be accepted. */
  readonly backlog: number;
  /** Its state in a word or two. */
  readonly condition: string;
  /** Whether its condition is a consequence of this turn's result. */
  readonly isOutcome: boolean;
}

/** The rows that are shown, and how many fds are not. */
export interface FdRows {
  /** The rows, by fd. */
  readonly rows: readonly FdRow[];
  /** The fds that have no row. */
  readonly more: number;
}

/**
 * The rows of a turn. With many fds, those come first that are ready, hold bytes, have changed, or are no clients.
 * @param state The turn.
 * @param most The largest number of rows.
 * @param isAnswer Whether what is ready may be known: else it does not decide.
 * @returns The rows.
 */
export function rowsOf(state: TurnState, most: number, isAnswer = true): FdRows {
  const fds = new Set([...state.fds.keys(), ...state.interest.keys()]);
  if (state.nodeFd >= 0) fds.add(state.nodeFd);
  const changed = new Set(state.ctl.map(({ fd }) => fd));
  const rows = [...fds].map((fd) => rowOf(fd, state));
  const weight = (row: FdRow): number =>
    Number(isAnswer && row.ready !== 0) * 8 +
    Number(row.what !== 'client') * 4 +
    Number(row.kernelIn + row.kernelOut + row.queued + row.backlog > 0) * 2 +
    Number(changed.has(row.fd));
  const chosen = rows.sort((a, b) => weight(b) - weight(a) || a.fd - b.fd).slice(0, most);
  return { rows: chosen.sort((a, b) => a.fd - b.fd), more: fds.size - chosen.length };
}

/**
 * The fds that a learner is asked about, before the answer and after it.
 * @param state The turn.
 * @returns Those of the program that are asked for; the others do not count.
 */
export function offeredRows(state: TurnState): FdRows {
  const isOffered = ({ fd, interest }: FdRow): boolean => interest !== 0 && fd !== state.nodeFd;
  const rows = rowsOf(state, MOST_ROWS, false).rows.filter(isOffered);
  return { rows, more: state.interest.size - rows.length };
}

function rowOf(fd: number, { fds, interest, ready, queues, nodeFd, during }: TurnState): FdRow {
  const { what, name } =
    fds.get(fd) ?? (fd === nodeFd ? { what: "Node's own loop", name: 'epoll' } : { what: '?', name: '' });
  const { kernelIn = 0, kernelOut = 0, queued = 0, backlog = 0, paused = false } = queues.get(fd) ?? {};
  const asked = fd === nodeFd ? 1 : (interest.get(fd) ?? 0);
  const end = during.find((line) => line.type === 'close' && line.fd === fd);
  const now = what === 'listener' ? 'listening' : 'open';
  const condition = paused ? 'paused' : asked === 0 ? 'not watched' : fd === nodeFd ? 'beside ours' : now;
  return {
    fd,
    what,
    name,
    interest: asked,
    ready: ready.get(fd) ?? 0,
    kernelIn,
    kernelOut,
    queued,
    backlog,
    condition: end?.type === 'close' ? `closes${end.reason === undefined ? '' : `: ${end.reason}`}` : condition,
    isOutcome: end !== undefined,
  };
}
