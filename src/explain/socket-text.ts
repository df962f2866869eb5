import type { SocketState } from './socket-tables.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  SYN_SENT: 'connecting',
  FIN_WAIT1: 'our FIN is not acknowledged',
  FIN_WAIT2: 'we send no more, the peer may',
  CLOSE_WAIT: 'the peer sends no more: readable, recv gives the end; we have not closed',
  LAST_ACK: 'both have closed, our FIN is not acknowledged',
  CLOSING: 'both have closed, our FIN is not acknowledged',
};

/**
 * A socket in words.
 * @param socket The socket.
 * @returns '127.0.0.1:9001 to 127.0.0.1:50812, ESTABLISHED, 5 bytes to read'.
 */
export function socketText(socket: SocketState): string {
  const { kind, local, peer, state, receiveQueue = 0, sendQueue = 0 } = socket;
  const name = local === '' ? 'unnamed' : local;
  if (state === 'LISTEN') {
    // The tables have no such number for Unix sockets.
    return kind === 'TCP' ? `${name}, LISTEN, ${receiveQueue} to accept` : `${name}, LISTEN`;
  }
  const meaning = MEANINGS[state];
  const overhead = kind === 'UDP' ? ' with overhead' : '';
  return [
    peer === '' ? name : `${name} to ${peer}`,
    meaning === undefined ? state : `${state} (${meaning})`,
    ...(receiveQueue > 0 ? [`${receiveQueue} bytes to read${overhead}`] : []),
    ...(sendQueue > 0 ? [`${sendQueue} bytes ${kind === 'UDP' ? 'to leave' : 'not acknowledged'}`] : []),
  ].join(', ');
}
