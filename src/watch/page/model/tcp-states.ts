/**
 * What the states of a TCP connection mean for who has it, under the names of `ss`.
 * @see RFC 9293, section 3.3.2; Linux, include/net/tcp_states.h
 */
const STATES: Readonly<Record<string, string>> = {
  ESTAB: 'open both ways',
  'SYN-SENT': 'we have called, no answer yet',
  'SYN-RECV': 'we have answered a call, not confirmed yet',
  'FIN-WAIT-1': 'we have ended our output, the peer has not confirmed it yet',
  'FIN-WAIT-2': 'we have ended our output, the peer may still send',
  'TIME-WAIT': 'both have ended; late packets are waited for',
  CLOSE: 'over: reset, or both have ended',
  'CLOSE-WAIT': 'the peer has ended its output, we have not closed',
  'LAST-ACK': 'both have ended, the peer has not confirmed ours yet',
  LISTEN: 'takes new connections',
  CLOSING: 'both have ended at once, ours is not confirmed yet',
};

/** The states in which the peer has ended its output. */
const ENDED_BY_PEER = new Set(['CLOSE-WAIT', 'LAST-ACK', 'CLOSING', 'TIME-WAIT']);

/**
 * What a TCP state means.
 * @param state Its name.
 * @returns A phrase; empty for a name that is not known here.
 */
export function tcpMeaning(state: string): string {
  return Object.hasOwn(STATES, state) ? STATES[state]! : '';
}

/**
 * Whether the peer has ended its output.
 * @param state The name of a TCP state.
 * @returns Whether there is an end of input to be read.
 */
export function isEndedByPeer(state: string): boolean {
  return ENDED_BY_PEER.has(state);
}
