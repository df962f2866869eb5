import type { SocketState } from './socket-tables.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  SYN_SENT: 'connecting',
  FIN_WAIT1: 'this side has finished sending; its FIN is not acknowledged yet',
  FIN_WAIT2: 'this side has finished sending, the peer has not',
  CLOSE_WAIT: 'the peer has finished sending: recv returns the remaining bytes, then none; this side is still open',
  LAST_ACK: 'both sides have closed; the FIN of this side is not acknowledged yet',
  CLOSING: 'both sides have closed; the FIN of this side is not acknowledged yet',
};

/** Describes a socket in words: '127.0.0.1:9001 to 127.0.0.1:50812, ESTABLISHED, 5 bytes to read'. */
export function socketText(socket: SocketState): string {
  const { kind, local, peer, state, receiveQueue = 0, sendQueue = 0 } = socket;
  const name = local === '' ? 'unnamed' : local;
  if (state === 'LISTEN') {
    // The table of Unix sockets does not contain this number.
    return kind === 'TCP' ? `${name}, LISTEN, ${receiveQueue} waiting for accept` : `${name}, LISTEN`;
  }
  const meaning = MEANINGS[state];
  const overhead = kind === 'UDP' ? " (with the kernel's overhead)" : '';
  return [
    peer === '' ? name : `${name} to ${peer}`,
    meaning === undefined ? state : `${state} (${meaning})`,
    ...(receiveQueue > 0 ? [`${receiveQueue} bytes to read${overhead}`] : []),
    ...(sendQueue > 0 ? [`${sendQueue} bytes ${kind === 'UDP' ? 'not sent yet' : 'not acknowledged yet'}`] : []),
  ].join(', ');
}
