import type { Connection } from '../../server/connection/connection.ts';
import { DatagramServer } from '../../server/datagram-server.ts';
import type { DisconnectReason } from '../../server/connection/disconnect-reason.ts';
import type { ListenAddress } from '../../server/listener/listen.ts';
import { Server } from '../../server/server.ts';
import type { ServerOptions } from '../../server/options.ts';
import type { TurnRecord } from '../../server/turns/turn-record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { hostPortText, counted } from '../text.ts';
import { framer } from './frame.ts';
import { parseFraming } from './framing.ts';
import { atMostEvery, type Level, type Log } from './log.ts';
import type { Output } from './output.ts';
import type { Configuration } from './settings.ts';

/** What serves: connections or datagrams. */
export type Service = Server | DatagramServer;

/** What a service works with. */
export interface Tools {
  /** Where it listens. */
  readonly address: ListenAddress;
  /** Where it logs. */
  readonly log: Log;
  /** Where messages go; nowhere, if left out. */
  readonly output: Output | undefined;
  /** Who is shown the turns, if anybody. */
  readonly onTurn: ((turn: TurnRecord) => void) | undefined;
  /** Who records the turns and the connections, if anybody. */
  readonly recorder: Recorder | undefined;
}

const TROUBLE_EVERY_MS = 10_000;
// The peer, or the end, decided; the others are what somebody may have to look at.
const ordinary: ReadonlySet<DisconnectReason> = new Set(['eof', 'reset', 'idle', 'closed']);

/**
 * Opens what the settings ask for; `serveForever` then serves.
 * @param values The settings.
 * @param tools What it works with.
 * @returns The service.
 * @throws {OSError} Where it cannot listen there.
 * @throws {RangeError} Where settings do not fit together.
 */
export function openService(values: Configuration, tools: Tools): Service {
  return values.udp ? receiveDatagrams(values, tools) : serveConnections(values, tools);
}

function receiveDatagrams(values: Configuration, { address, log, output, onTurn, recorder }: Tools): DatagramServer {
  return new DatagramServer({
    address,
    backend: values.backend,
    timeoutSeconds: values.timeout,
    datagramsPerTurn: values.datagramsPerTurn,
    drainSeconds: values.drainSeconds,
    onTurn,
    watcher: recorder,
    onMessage: (message, peer) => {
      if (values.echo) peer.write(message);
      return output?.write(message, peer.address);
    },
    onError: failedHandler(log),
  });
}

function serveConnections(values: Configuration, tools: Tools): Server {
  const { address, output, onTurn, recorder: watcher } = tools;
  const { timeout: timeoutSeconds, halfOpen: allowHalfOpen, ...options } = values;
  const framing = parseFraming(values.framing)!;
  const frame = values.echo ? framer(framing) : undefined;
  const server: Server = new Server({
    ...options,
    ...{ timeoutSeconds, allowHalfOpen, address, framing, onTurn, watcher },
    ...logged(tools, values, () => server.connections.size),
    onMessage: (message, connection) => {
      if (frame !== undefined) connection.write(frame(message));
      return output?.write(message, connection.address);
    },
  });
  return server;
}

function logged(
  { log, recorder }: Tools,
  { maxClients, overload }: Configuration,
  connected: () => number,
): Partial<ServerOptions> {
  const overloaded = atMostEvery(TROUBLE_EVERY_MS, (dropped, what: string) => {
    log('warn', 'overload', `overload: ${what}`, { clients: connected(), dropped });
  });
  return {
    onConnection: (connection) => {
      recorder?.opened(connection);
      const { address } = connection;
      log('info', 'connection.open', `${hostPortText(address)} connected`, { peer: hostPortText(address) });
      if (overload === 'pause' && connected() === maxClients) {
        overloaded(`${counted(maxClients, 'client')}, as many as allowed: new ones wait until others have left`);
      }
    },
    onDisconnect: (connection, reason) => {
      recorder?.closed(connection, reason);
      if (reason === 'shed') overloaded('clients above the limits are closed');
      else logDisconnect(log, connection, reason);
    },
    onExhausted: atMostEvery(TROUBLE_EVERY_MS, (dropped, code: string) => {
      const sentence = 'out of file descriptors or memory: new clients wait until others have left';
      log('error', 'accept.exhausted', sentence, { code, dropped });
    }),
    onExceptional: (byte, { address }) => {
      const peer = hostPortText(address);
      log('info', 'urgent', `${peer}: urgent byte 0x${byte.toString(16).padStart(2, '0')}`, { peer, byte });
    },
    onError: failedHandler(log),
  };
}

function logDisconnect(log: Log, connection: Connection, reason: DisconnectReason): void {
  const { address, messages, bytes, bytesSent } = connection;
  const level: Exclude<Level, 'silent'> = ordinary.has(reason) ? 'info' : 'warn';
  const peer = hostPortText(address);
  const ageSeconds = (performance.now() - connection.acceptedMs) / 1e3;
  log(level, 'connection.close', `${peer} ${reason}: ${counted(messages, 'message')}, ${counted(bytes, 'byte')}`, {
    ...{ peer, reason, messages, bytes, bytesSent, ageSeconds },
  });
}

function failedHandler(log: Log): (error: unknown) => void {
  return (error) => {
    log('error', 'handler', `a message was lost: ${error instanceof Error ? error.message : String(error)}`);
  };
}
