import type { Connection } from '../../server/connection/connection.ts';
import { Server } from '../../server/server.ts';
import { hostPortText, counted } from '../text.ts';
import type { Service } from './service.ts';

/**
 * What the service has done, in words.
 * @param service The service.
 * @returns '15 clients, 15 messages, 215 bytes, 49 turns'.
 */
export function summary(service: Service): string {
  const { messages, bytes, turns } = service.stats();
  const clients = service instanceof Server ? `${counted(service.stats().clients, 'client')}, ` : '';
  return `${clients}${counted(messages, 'message')}, ${counted(bytes, 'byte')}, ${counted(turns, 'turn')}`;
}

/**
 * The state of the service and of each connection, in words.
 * @param service The service.
 * @returns A line for it, and one for each connection.
 */
export function statusText(service: Service): string {
  const connections = statusOf(service).map(
    (of) =>
      `  fd ${of.fd}  ${of.peer}  age ${of.ageSeconds.toFixed(1)} s  ${counted(of.messages, 'message')}  in ${of.bytes}` +
      `  out ${of.bytesSent}  buffered ${of.bufferedBytes}${of.paused ? '  paused' : ''}`,
  );
  const now = service instanceof Server ? `${service.connections.size} connected, ` : '';
  return [`status: ${now}${summary(service)}`, ...connections].join('\n');
}

const copied = ['messages', 'bytes', 'bytesSent', 'bufferedBytes', 'paused'] as const;

/** The state of a connection. */
export interface ConnectionStatus extends Pick<Connection, (typeof copied)[number]> {
  /** Its fd. */
  fd: number;
  /** Its address. */
  peer: string;
  /** How long it is there. */
  ageSeconds: number;
}

/**
 * The state of each connection.
 * @param service The service.
 * @returns The states; none, where it receives datagrams.
 */
export function statusOf(service: Service): ConnectionStatus[] {
  if (!(service instanceof Server)) return [];
  return [...service.connections].map((connection) => ({
    fd: connection.fileno(),
    peer: hostPortText(connection.address),
    ageSeconds: (performance.now() - connection.acceptedMs) / 1e3,
    ...(Object.fromEntries(copied.map((name) => [name, connection[name]])) as Pick<
      Connection,
      (typeof copied)[number]
    >),
  }));
}
