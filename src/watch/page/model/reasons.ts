import { ERR, HUP, NVAL, RDHUP, rawText, trouble } from './raw-bits.ts';
import { countText, eventWords, listText } from './event-kinds.ts';
import { isEndedByPeer } from './tcp-states.ts';
import type { TurnState } from './timeline.ts';

type Found = Pick<TurnState, 'ready' | 'revents' | 'queues'>;

const READ = 1;
// The worst first: it is what decides.
const REASONS: readonly (readonly [bit: number, reason: string])[] = [
  [NVAL, 'no file is open under its number'],
  [ERR, 'its connection has failed'],
  [HUP, 'its connection is over in both directions'],
  [RDHUP, 'its peer has ended its output'],
];

/**
 * Why an fd came back, where its sets do not say it: a hang-up or an error.
 * @param fd The fd.
 * @param found The turn.
 * @returns `its peer has ended its output (CLOSE-WAIT)`; empty where there is nothing of that kind.
 */
export function reasonOf(fd: number, found: Found): string {
  const { ready, revents, queues } = found;
  const raw = revents.get(fd) ?? 0;
  const reason = REASONS.find(([bit]) => (raw & bit) !== 0);
  const bits = trouble(raw).reduce((all, { bit }) => all | bit, 0);
  if (reason !== undefined && reason[0] !== RDHUP) return `${reason[1]} (${rawText('', bits)})`;
  const { tcp = '', kernelIn = 0 } = queues.get(fd) ?? {};
  const isEnded = reason !== undefined || isEndedByPeer(tcp);
  if (!isEnded || ((ready.get(fd) ?? 0) & READ) === 0) return '';
  const sign = [tcp, reason === undefined ? '' : 'RDHUP'].filter(Boolean).join(', ');
  // What came before the end is read first.
  if (kernelIn > 0)
    return `${countText(kernelIn, 'byte')} wait, and behind them the end of its peer's output (${sign})`;
  return `its peer has ended its output (${sign})`;
}

// More fds than so many, ready for the same, are counted.
const MOST_NAMED = 3;

/**
 * What came back, and why where that is a hang-up or an error.
 * @param state The turn.
 * @returns `fd 22 was writable and fd 21 was readable because its peer has ended its output (CLOSE-WAIT)`.
 */
export function foundText(state: TurnState): string {
  const { ready, fds } = state;
  const groups = new Map<string, number[]>();
  for (const [fd, events] of ready) {
    const key = [eventWords(events), reasonOf(fd, state)].filter(Boolean).join(' because ');
    groups.set(key, [...(groups.get(key) ?? []), fd]);
  }
  const texts = [...groups].map(([what, members]) => {
    const names = members.map((fd) => (ready.size === 1 ? nameOf(fd, fds) : `fd ${fd}`));
    if (names.length === 1) return `${names[0]!} was ${what}`;
    const who = names.length > MOST_NAMED ? countText(names.length, 'fd') : listText(names);
    return `${who} were ${what.replace(' because ', ', each because ')}`;
  });
  return listText(texts);
}

/**
 * An fd with what it is.
 * @param fd The fd.
 * @param fds The open fds.
 * @returns `fd 21 (client 127.0.0.1:40404)`.
 */
export function nameOf(fd: number, fds: TurnState['fds']): string {
  const name = fds.get(fd);
  return name === undefined ? `fd ${fd}` : `fd ${fd} (${[name.what, name.name].filter(Boolean).join(' ')})`;
}
