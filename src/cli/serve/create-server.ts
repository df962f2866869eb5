import type { Connection } from '../../server/connection/connection.ts';
import type { DisconnectReason } from '../../server/connection/disconnect-reason.ts';
import { hostPortText } from '../../socket/address-text.ts';
import { DatagramServer } from '../../server/datagram-server.ts';
import type { ListenAddress } from '../../server/listener/listen.ts';
import type { SocketOptions } from '../../server/listener/socket-options.ts';
import type { ServerOptions } from '../../server/options.ts';
import type { Silence } from '../../server/peers.ts';
import { Server } from '../../server/server.ts';
import type { TurnRecord } from '../../server/turns/turn-record.ts';
import type { Recorder } from '../../trace/recorder.ts';
import { OSError } from '../../system/errors.ts';
import { Failure } from '../failure.ts';
import { listenFailure, type Place } from '../listen-failure.ts';
import { counted } from '../text.ts';
import { exhaustedText } from './exhausted-text.ts';
import { type FramingEncoder, framingEncoder } from './framing-encoder.ts';
import { parseFraming } from './framing-option.ts';
import { atMostEvery, type Log } from './log.ts';
import type { MessageOutput } from './output/message-output.ts';
import { OneMessage } from './output/messages.ts';
import type { ServeSettings } from './options.ts';
import { activatedFd } from './systemd.ts';
import { findOwner } from './unix-owner.ts';

/** A server of connections or of datagrams. */
export type AnyServer = Server | DatagramServer;

/** The outputs to which the handlers of the server write. */
export interface Receivers {
  readonly log: Log;
  /** Without it, no messages are printed. */
  readonly output?: MessageOutput | undefined;
  readonly onTurn?: ((turn: TurnRecord) => void) | undefined;
  readonly recorder?: Recorder | undefined;
}

const OVERLOAD_LOG_INTERVAL_MS = 10_000;
// The peer ended these connections, or the server is ending. Any other reason is logged as a warning.
const ordinaryReasons: ReadonlySet<DisconnectReason> = new Set(['eof', 'reset', 'idle', 'closed']);

/** Makes the server, which listens at once. Throws a Failure when it cannot listen, and for wrong settings. */
export function createServer(settings: ServeSettings, receivers: Receivers): AnyServer {
  const address = listenAddress(settings);
  try {
    const server = settings.udp
      ? createDatagramServer(settings, address, receivers)
      : createConnectionServer(settings, address, receivers);
    checkReceiveBuffer(server, settings, receivers.log);
    return server;
  } catch (error) {
    if (error instanceof OSError) throw listenFailure(error, placeOf(settings, address));
    throw error instanceof RangeError ? new Failure(error.message) : error;
  }
}

// The kernel gives less without an error.
function checkReceiveBuffer(server: AnyServer, settings: ServeSettings, log: Log): void {
  const { receiveBufferBytes: wanted } = settings;
  const given = server.receiveBufferBytes;
  if (given >= wanted) return;
  const advice = `sysctl -w net.core.rmem_max=${wanted} allows more`;
  const sentence = `the receive buffer has ${given} bytes, and not the ${wanted} of --receive-buffer-bytes: ${advice}`;
  log('warn', 'receive-buffer', sentence, { given, wanted });
}

function placeOf({ host, port, systemd }: ServeSettings, address: ListenAddress): Place {
  if (typeof address === 'string') return { path: address };
  if (!('fd' in address)) return { host, port, portOption: '--port', hostOption: '--host' };
  return { fd: address.fd, fdOption: systemd === undefined ? `--fd ${address.fd}` : '--systemd' };
}

/** Stops reading from all clients, or starts again. */
export function pauseAll(server: Server, isPaused: boolean): void {
  for (const connection of server.connections) {
    if (isPaused) connection.pause();
    else connection.resume();
  }
}

function listenAddress({ host, port, unix, fd, systemd }: ServeSettings): ListenAddress {
  if (unix !== undefined) return unix;
  if (systemd !== undefined) return { fd: activatedFd(systemd) };
  return fd === undefined ? [host, port] : { fd };
}

function createDatagramServer(settings: ServeSettings, address: ListenAddress, receivers: Receivers): DatagramServer {
  const { log, output, onTurn, recorder: watcher } = receivers;
  const {
    backend,
    timeout: timeoutSeconds,
    turnMilliseconds,
    datagramsPerTurn,
    answersPerSecond,
    drainSeconds,
  } = settings;
  const limits = { timeoutSeconds, turnMilliseconds, datagramsPerTurn, answersPerSecond, drainSeconds };
  const peers = {
    maxPeers: settings.maxPeers,
    expectEverySeconds: settings.expectEvery,
    onSilence: silenceLogger(log),
  };
  const server = new DatagramServer({
    ...{ address, backend, ...limits, ...peers, onTurn, watcher },
    ...socketOptions(settings),
    onDropped: (count) => {
      const sentence = `${counted(count, 'datagram')} lost: the receive buffer was full, because they came faster than they were read`;
      log('warn', 'dropped-datagrams', sentence, { count, total: server.stats().dropped });
    },
    onMessage: (message, peer) => {
      if (settings.echo) peer.write(message);
      return output?.write(new OneMessage(message), peer);
    },
    onError: errorLogger(log),
  });
  return server;
}

function socketOptions({ ipv6Only, receiveBufferBytes, unixMode, unixOwner }: ServeSettings): Required<SocketOptions> {
  return {
    ipv6Only,
    receiveBufferBytes,
    unixMode: unixMode === undefined ? undefined : parseInt(unixMode, 8),
    unixOwner: unixOwner === undefined ? undefined : findOwner(unixOwner),
  };
}

function createConnectionServer(settings: ServeSettings, address: ListenAddress, receivers: Receivers): Server {
  const { output, onTurn, recorder: watcher } = receivers;
  // The other options, the limits among them, have the same names in the server.
  const { timeout: timeoutSeconds, halfOpen: allowHalfOpen, expectEvery: expectEverySeconds, ...options } = settings;
  const framing = parseFraming(settings.framing)!;
  const server: Server = new Server({
    ...options,
    ...{ timeoutSeconds, allowHalfOpen, expectEverySeconds, address, framing, onTurn, watcher },
    ...socketOptions(settings),
    onSilence: silenceLogger(receivers.log),
    ...eventHandlers(receivers, settings, () => server.connections.size),
    ...messageHandler(output, settings.echo ? framingEncoder(framing) : undefined),
    onUnfinished: (rest, connection, reason) => output?.write(new OneMessage(rest, reason), connection),
  });
  return server;
}

// Batches cost less. With an echo, messages come one by one: then a client that does not read its echo is paused in time.
function messageHandler(
  output: MessageOutput | undefined,
  encode: FramingEncoder | undefined,
): Pick<ServerOptions, 'onMessage' | 'onBatch'> {
  if (encode === undefined) return { onBatch: (messages, connection) => output?.write(messages, connection) };
  return {
    onMessage: (message, connection) => {
      connection.write(encode(message));
      return output?.write(new OneMessage(message), connection);
    },
  };
}

function eventHandlers(
  { log, output, recorder }: Receivers,
  { maxClients, overload }: ServeSettings,
  clientCount: () => number,
): Partial<ServerOptions> {
  const logOverload = atMostEvery(OVERLOAD_LOG_INTERVAL_MS, (dropped, sentence: string) => {
    log('warn', 'overload', `overload: ${sentence}`, { clients: clientCount(), dropped });
  });
  return {
    onConnection: (connection) => {
      recorder?.opened(connection);
      if (output?.isOverflowing) connection.pause();
      const peer = hostPortText(connection.address);
      log('info', 'connection.open', `${peer} connected`, { peer });
      if (overload === 'pause' && clientCount() === maxClients) {
        logOverload(
          `${counted(maxClients, 'client')}, as many as allowed: new clients wait until other clients disconnect`,
        );
      }
    },
    onDisconnect: (connection, reason) => {
      recorder?.closed(connection, reason);
      if (reason === 'shed') logOverload('clients above the limits are closed');
      else logDisconnect(log, connection, reason);
    },
    onExhausted: atMostEvery(OVERLOAD_LOG_INTERVAL_MS, (dropped, code: string) => {
      log('error', 'accept.exhausted', exhaustedText(code), { code, dropped });
    }),
    onExceptional: (byte, { address }) => {
      const peer = hostPortText(address);
      log('info', 'urgent', `${peer}: urgent byte 0x${byte.toString(16).padStart(2, '0')}`, { peer, byte });
    },
    onError: errorLogger(log),
  };
}

function logDisconnect(log: Log, connection: Connection, reason: DisconnectReason): void {
  const { address, messages, bytes, bytesSent } = connection;
  const peer = hostPortText(address);
  const ageSeconds = (performance.now() - connection.acceptedMs) / 1e3;
  const sentence = `${peer} ${reason}: ${counted(messages, 'message')}, ${counted(bytes, 'byte')}`;
  const { lastMessageMs, unfinishedBytes } = connection;
  const lastMessageSeconds = lastMessageMs === 0 ? null : (performance.now() - lastMessageMs) / 1e3;
  const fields = { peer, reason, messages, bytes, bytesSent, ageSeconds, lastMessageSeconds, unfinishedBytes };
  log(ordinaryReasons.has(reason) ? 'info' : 'warn', 'connection.close', sentence, fields);
}

function silenceLogger(log: Log): (silence: Silence) => void {
  return ({ host, connection, silentSeconds, isOver }) => {
    const peer = connection === undefined ? host : hostPortText(connection.address);
    if (isOver) log('info', 'silence.end', `${peer} is back`, { peer });
    else {
      const sentence = `${peer} is silent: no message for ${silentSeconds.toFixed(1)} s`;
      log('warn', 'silence.begin', sentence, { peer, silentSeconds });
    }
  };
}

function errorLogger(log: Log): (error: unknown) => void {
  return (error) => {
    log('error', 'handler', `a message was lost: ${error instanceof Error ? error.message : String(error)}`);
  };
}
