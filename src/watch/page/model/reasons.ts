import { ERR, HUP, kindsOf, NVAL, RDHUP, rawText, troubleBits } from './event-bits.ts';
import { countText, listText, own } from './texts.ts';
import type { TurnState } from './timeline.ts';

/**
 * What the states of a TCP connection mean to the program, under the names of ss(8).
 * @see RFC 9293, section 3.3.2; Linux, include/net/tcp_states.h
 */
const TCP_MEANINGS: Readonly<Record<string, string>> = {
  ESTAB: 'open in both directions',
  'SYN-SENT': 'connecting, no answer yet',
  'SYN-RECV': 'a client is connecting, not confirmed yet',
  'FIN-WAIT-1': 'we have ended our output, the peer has not confirmed it yet',
  'FIN-WAIT-2': 'we have ended our output, the peer may still send',
  'TIME-WAIT': 'both sides have ended, late packets may still arrive',
  CLOSE: 'over: reset, or ended by both sides',
  'CLOSE-WAIT': 'the peer has ended its output, we have not closed',
  'LAST-ACK': 'both sides have ended, the peer has not confirmed our end yet',
  LISTEN: 'accepts new clients',
  CLOSING: 'both sides have ended at once, our end is not confirmed yet',
};

/** The states in which the peer has ended its output. */
const ENDED_BY_PEER = new Set(['CLOSE-WAIT', 'LAST-ACK', 'CLOSING', 'TIME-WAIT']);

/** Returns a phrase, or an empty string for an unknown state. */
export function tcpMeaning(state: string): string {
  return own(TCP_MEANINGS, state) ?? '';
}

const READ = 1;

/** The most serious bit comes first: it decides. */
const BIT_REASONS: readonly (readonly [bit: number, reason: string])[] = [
  [NVAL, 'it is not an open file descriptor'],
  [ERR, 'its connection has failed'],
  [HUP, 'its connection is over in both directions'],
  [RDHUP, 'its peer has ended its output'],
];

/**
 * Says why an fd was ready when its sets do not say it, because of a hang-up or an error:
 * `its peer has ended its output (CLOSE-WAIT)`. Returns an empty string otherwise.
 */
export function reasonOf(
  fd: number,
  { ready, revents, queues }: Pick<TurnState, 'ready' | 'revents' | 'queues'>,
): string {
  const raw = revents.get(fd) ?? 0;
  const reason = BIT_REASONS.find(([bit]) => (raw & bit) !== 0);
  if (reason !== undefined && reason[0] !== RDHUP) return `${reason[1]} (${troubleText(raw, '|')})`;
  const { tcp = '', kernelIn = 0 } = queues.get(fd) ?? {};
  const hasEnded = reason !== undefined || ENDED_BY_PEER.has(tcp);
  if (!hasEnded || ((ready.get(fd) ?? 0) & READ) === 0) return '';
  const evidence = [tcp, reason === undefined ? '' : 'RDHUP'].filter(Boolean).join(', ');
  // The program reads the bytes before the end of input.
  if (kernelIn > 0) return `${countText(kernelIn, 'byte')} and then the end of input can be read (${evidence})`;
  return `its peer has ended its output (${evidence})`;
}

/** The names of hang-ups and errors: `HUP|RDHUP`; an empty string for none. */
export function troubleText(raw: number, separator: string): string {
  const bits = troubleBits(raw).reduce((all, { bit }) => all | bit, 0);
  return bits === 0 ? '' : rawText('', bits).replaceAll('|', separator);
}

/** `readable and writable`, with the reason when there is one. */
export function readyText(fd: number, state: TurnState): string {
  const words = listText(kindsOf(state.ready.get(fd) ?? 0).map(({ word }) => word)) || 'nothing';
  return [words, reasonOf(fd, state)].filter(Boolean).join(' because ');
}

/** When more fds than this are ready for the same reason, they are counted instead of named. */
const MAX_NAMED = 3;

/** `fd 22 was writable and fd 21 was readable because its peer has ended its output (CLOSE-WAIT)`. */
export function foundText(state: TurnState): string {
  const { ready, fds } = state;
  const groups = new Map<string, number[]>();
  for (const fd of ready.keys()) {
    const key = readyText(fd, state);
    groups.set(key, [...(groups.get(key) ?? []), fd]);
  }
  const texts = [...groups].map(([text, members]) => {
    const names = members.map((fd) => (ready.size === 1 ? nameOf(fd, fds) : `fd ${fd}`));
    if (names.length === 1) return `${names[0]!} was ${text}`;
    const subject = names.length > MAX_NAMED ? countText(names.length, 'fd') : listText(names);
    return `${subject} were ${text.replace(' because ', ', each because ')}`;
  });
  return listText(texts);
}

/** `fd 21 (client 127.0.0.1:40404)`. */
export function nameOf(fd: number, fds: TurnState['fds']): string {
  const name = fds.get(fd);
  return name === undefined ? `fd ${fd}` : `fd ${fd} (${[name.what, name.name].filter(Boolean).join(' ')})`;
}
