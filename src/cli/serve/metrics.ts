import type { DisconnectReason } from '../../server/connection/disconnect-reason.ts';
import type { DatagramServer } from '../../server/datagram-server.ts';
import { type LimitOptions, toLimits } from '../../server/limits.ts';
import type { DurationHistogram } from '../../server/loop/loop-timings.ts';
import type { PeerStats } from '../../server/peers.ts';
import { Server } from '../../server/server.ts';
import { version } from '../version.ts';
import type { AnyServer } from './create-server.ts';
import { counter, gauge, histogram, type HistogramReading, type Metric } from './exposition.ts';
import type { ServeSettings } from './options.ts';
import type { MessageOutput } from './output/message-output.ts';
import { processMetrics } from './process-metrics.ts';

/** What the metrics tell besides the state of the server. */
export interface MetricsSource {
  readonly settings?: ServeSettings;
  readonly output?: Pick<MessageOutput, 'unwrittenBytes' | 'unwrittenMessages' | 'lostMessages'> | undefined;
}

type Series = Readonly<Record<string, number>>;

// Each reason has a series from the start: Prometheus sees no increase in a series that begins with 1. The type makes sure
// that no reason is missing.
const NO_DISCONNECTS: Readonly<Record<DisconnectReason, 0>> = {
  eof: 0,
  reset: 0,
  idle: 0,
  'message-timeout': 0,
  'write-stall': 0,
  'too-large': 0,
  malformed: 0,
  shed: 0,
  'drain-deadline': 0,
  closed: 0,
  error: 0,
};

/** The metrics of a server and of the process; each reads its value when somebody asks for it. */
export function serverMetrics(server: AnyServer, { settings, output }: MetricsSource = {}): Metric[] {
  const { turns, lags } = server.loopTimings();
  return [
    counter('tripoll_messages_total', 'Messages received.', () => server.stats().messages),
    counter('tripoll_received_bytes_total', 'Bytes received.', () => server.stats().bytes),
    counter('tripoll_sent_bytes_total', 'Bytes sent.', () => server.stats().bytesSent),
    counter('tripoll_loop_turns_total', 'Turns of the loop.', () => server.stats().turns),
    gauge('tripoll_silent_peers', 'Addresses and clients that are silent for longer than --expect-every.', () => {
      return server.stats().silent;
    }),
    histogram('tripoll_turn_duration_seconds', 'How long the turns of the loop took, without their waits.', () => {
      return readingOf(turns);
    }),
    histogram('tripoll_loop_lag_seconds', "How long Node's own work kept the loop from its wait.", () => {
      return readingOf(lags);
    }),
    ...peerMetrics(server),
    gauge('tripoll_receive_buffer_bytes', 'Size of the receive buffer.', () => server.receiveBufferBytes),
    ...(server instanceof Server ? connectionMetrics(server) : datagramMetrics(server)),
    ...(output === undefined ? [] : outputMetrics(output)),
    ...(settings === undefined ? [] : settingMetrics(settings)),
    ...processMetrics(),
  ];
}

function readingOf({ boundsSeconds, counts, sumSeconds }: DurationHistogram): HistogramReading {
  return { bounds: boundsSeconds, counts, sum: sumSeconds };
}

function peerMetrics(server: AnyServer): Metric[] {
  const each = (read: (peer: PeerStats) => number) => (): Series => {
    return Object.fromEntries(server.peers().map((peer) => [peer.host, read(peer)]));
  };
  const last = 'When the last message of an address came.';
  const unfinished = 'Bytes of an address that are no whole message yet.';
  const silent = 'Whether an address is silent for longer than --expect-every.';
  const clients = 'Clients of an address that have sent a message.';
  return [
    gauge('tripoll_last_message_timestamp_seconds', 'When the last message came; 0 before the first.', () => {
      return Math.max(...server.peers().map(timestampOf));
    }),
    gauge('tripoll_unfinished_bytes', 'Bytes that are no whole message yet.', () => {
      return server.peers().reduce((sum, { unfinishedBytes }) => sum + unfinishedBytes, 0);
    }),
    counter(
      'tripoll_peer_messages_total',
      'Messages from an address.',
      each(({ messages }) => messages),
      'address',
    ),
    counter(
      'tripoll_peer_received_bytes_total',
      'Bytes from an address.',
      each(({ bytes }) => bytes),
      'address',
    ),
    gauge(
      'tripoll_peer_connections',
      clients,
      each((peer) => peer.clients),
      'address',
    ),
    gauge(
      'tripoll_peer_unfinished_bytes',
      unfinished,
      each((peer) => peer.unfinishedBytes),
      'address',
    ),
    gauge('tripoll_peer_last_message_timestamp_seconds', last, each(timestampOf), 'address'),
    gauge(
      'tripoll_peer_silent',
      silent,
      each(({ isSilent }) => Number(isSilent)),
      'address',
    ),
  ];
}

function outputMetrics(output: NonNullable<MetricsSource['output']>): Metric[] {
  return [
    gauge('tripoll_unwritten_messages', 'Messages that wait to be written.', () => output.unwrittenMessages),
    gauge('tripoll_unwritten_bytes', 'Bytes of messages that wait to be written.', () => output.unwrittenBytes),
    counter('tripoll_lost_messages_total', 'Messages that could not be written.', () => output.lostMessages),
  ];
}

function settingMetrics(settings: ServeSettings): Metric[] {
  const limits = limitsOf(settings);
  const build = { [version()]: 1 };
  return [
    gauge('tripoll_build_info', 'The version of tripoll.', () => build, 'version'),
    gauge('tripoll_limit', 'The limits in use; +Inf for a limit that is off.', () => limits, 'name'),
  ];
}

function datagramMetrics(server: DatagramServer): Metric[] {
  const dropped = () => server.stats().dropped;
  return [counter('tripoll_dropped_datagrams_total', 'Datagrams that the kernel has dropped.', dropped)];
}

function connectionMetrics(server: Server): Metric[] {
  return [
    counter('tripoll_connections_total', 'Clients that have connected.', () => server.stats().clients),
    gauge('tripoll_connections', 'Clients that are connected.', () => server.stats().connected),
    gauge('tripoll_paused_connections', 'Clients that the server does not read from now.', () => server.stats().paused),
    gauge('tripoll_output_buffer_bytes', 'Output that waits to be sent.', () => bufferedBytes(server)),
    counter('tripoll_disconnects_total', 'Connections that have ended.', () => disconnects(server), 'reason'),
    counter(
      'tripoll_unfinished_messages_total',
      'Ends that left bytes of no message.',
      () => unfinished(server),
      'reason',
    ),
    gauge('tripoll_accept_queue_connections', 'Clients in the queue of the listener; NaN if unknown.', () => {
      return server.acceptQueue ?? NaN;
    }),
    counter('tripoll_accept_errors_total', 'Failed calls of accept.', () => server.stats().acceptErrors, 'errno'),
  ];
}

function disconnects(server: Server): Readonly<Record<string, number>> {
  return { ...NO_DISCONNECTS, ...server.stats().disconnects };
}

function unfinished(server: Server): Series {
  return { ...NO_DISCONNECTS, ...server.stats().unfinished };
}

function bufferedBytes(server: Server): number {
  let bytes = 0;
  for (const connection of server.connections) bytes += connection.bufferedBytes;
  return bytes;
}

// The clock of the loop does not follow the clock of the system, which somebody may set.
function timestampOf({ lastMessageMs }: PeerStats): number {
  return lastMessageMs === 0 ? 0 : (Date.now() - (performance.now() - lastMessageMs)) / 1e3;
}

function limitsOf(settings: ServeSettings): Series {
  const { udp, timeout: timeoutSeconds, expectEvery: expectEverySeconds } = settings;
  const { turnMilliseconds, datagramsPerTurn, answersPerSecond } = settings;
  const limits = toLimits({ ...(settings as LimitOptions), timeoutSeconds, expectEverySeconds });
  const { drainSeconds, maxPeers } = limits;
  const ofDatagrams = { timeoutSeconds, expectEverySeconds: limits.expectEverySeconds, drainSeconds, maxPeers };
  const all = udp
    ? { ...ofDatagrams, turnMilliseconds, datagramsPerTurn, answersPerSecond }
    : { ...limits, turnMilliseconds };
  const offAtZero = new Set(['turnMilliseconds', 'datagramsPerTurn', 'answersPerSecond']);
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value === 0 && offAtZero.has(name) ? Infinity : value,
    ]),
  );
}
