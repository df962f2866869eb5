import { hostPortText } from '../../socket/address-text.ts';
import { Server } from '../../server/server.ts';
import { counted } from '../text.ts';
import type { AnyServer } from './create-server.ts';
import type { ServeSettings } from './options.ts';

const ALIVE_TIMEOUTS = 3;
// A busy machine may stop the whole process for up to this time.
const ALIVE_MIN_MS = 1000;

/** Whether the loop has made a turn within the last three timeouts. It makes at least one turn per timeout. */
export function isAlive(server: AnyServer, { timeout }: Pick<ServeSettings, 'timeout'>): boolean {
  return performance.now() - server.lastTurnMs < Math.max(ALIVE_TIMEOUTS * timeout * 1e3, ALIVE_MIN_MS);
}

/** Returns the counters as a text: '15 clients, 15 messages, 215 bytes, 49 turns'. */
export function summaryText(server: AnyServer): string {
  const stats = server.stats();
  const clients = 'clients' in stats ? `${counted(stats.clients, 'client')}, ` : '';
  const lost = 'dropped' in stats && stats.dropped > 0 ? `, ${counted(stats.dropped, 'datagram')} lost` : '';
  return `${clients}${counted(stats.messages, 'message')}, ${counted(stats.bytes, 'byte')}, ${counted(stats.turns, 'turn')}${lost}`;
}

/** A line for the server, a line for each connection, and a line for each address whose clients have gone. */
export function statusText(server: AnyServer): string {
  const connections = connectionStates(server).map(
    (state) =>
      `  fd ${state.fd}  ${state.peer}  age ${state.ageSeconds!.toFixed(1)} s  ${messagesText(state)}` +
      `${unfinishedText(state)}  in ${state.bytes}  out ${state.bytesSent}` +
      `  buffered ${state.bufferedBytes}${state.paused ? '  paused' : ''}`,
  );
  const gone = peerStates(server)
    .filter(({ clients, messages }) => clients === 0 && messages > 0)
    .map((state) => `  ${state.host}  not connected  ${messagesText(state)}${state.isSilent ? '  silent' : ''}`);
  const connected = server instanceof Server ? `${server.connections.size} connected, ` : '';
  return [`status: ${connected}${summaryText(server)}`, ...connections, ...gone].join('\n');
}

/** The state of each connection. A datagram server has none. */
export function connectionStates(server: AnyServer) {
  if (!(server instanceof Server)) return [];
  return [...server.connections].map((connection) => {
    const { messages, bytes, bytesSent, bufferedBytes, paused, unfinishedBytes } = connection;
    const peer = hostPortText(connection.address);
    return {
      ...{ fd: connection.fileno(), peer, ageSeconds: secondsSince(connection.acceptedMs), messages },
      ...{ lastMessageSeconds: secondsSince(connection.lastMessageMs), unfinishedBytes },
      ...{ unfinishedSeconds: secondsSince(connection.unfinishedSinceMs), bytes, bytesSent, bufferedBytes, paused },
    };
  });
}

/** The state of each address. */
export function peerStates(server: AnyServer) {
  return server.peers().map(({ lastMessageMs, ...stats }) => {
    return { ...stats, lastMessageSeconds: secondsSince(lastMessageMs) };
  });
}

// Returns null for 0, which means that there is no such time; JSON has no undefined.
function secondsSince(ms: number): number | null {
  return ms === 0 ? null : (performance.now() - ms) / 1e3;
}

function messagesText(state: { messages: number; lastMessageSeconds: number | null }): string {
  const last = state.lastMessageSeconds;
  return `${counted(state.messages, 'message')}${last === null ? '' : `, the last ${last.toFixed(1)} s ago`}`;
}

function unfinishedText(state: { unfinishedBytes: number; unfinishedSeconds: number | null }): string {
  if (state.unfinishedBytes === 0) return '';
  const since = state.unfinishedSeconds === null ? '' : ` for ${state.unfinishedSeconds.toFixed(1)} s`;
  return `  unfinished ${state.unfinishedBytes}${since}`;
}
