import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { DatagramStats } from '../../server/datagram-server.ts';
import type { DisconnectReason } from '../../server/connection/disconnect-reason.ts';
import { Server } from '../../server/server.ts';
import type { ServerStats } from '../../server/stats.ts';
import type { Service } from './service.ts';

// One of them, or one by label.
type Value = number | Readonly<Record<string, number>>;

interface Metric<Stats> {
  readonly type: typeof Counter | typeof Gauge;
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly value: (stats: Stats) => Value;
}

interface ConnectionStats extends ServerStats {
  readonly bufferedBytes: number;
}

// Each reason is there from the start: a series that begins with 1 has no increase for Prometheus. The type sees to it
// that none is missing.
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

const ofAll: readonly Metric<Pick<DatagramStats, 'messages' | 'bytes' | 'bytesSent' | 'turns'>>[] = [
  { type: Counter, name: 'messages_total', help: 'Messages received.', value: ({ messages }) => messages },
  { type: Counter, name: 'received_bytes_total', help: 'Bytes received.', value: ({ bytes }) => bytes },
  { type: Counter, name: 'sent_bytes_total', help: 'Bytes sent.', value: ({ bytesSent }) => bytesSent },
  { type: Counter, name: 'loop_turns_total', help: 'Waits that have ended.', value: ({ turns }) => turns },
];

const ofConnections: readonly Metric<ConnectionStats>[] = [
  { type: Counter, name: 'connections_total', help: 'Clients that have connected.', value: ({ clients }) => clients },
  { type: Gauge, name: 'connections', help: 'Clients that are connected.', value: ({ connected }) => connected },
  { type: Gauge, name: 'paused_connections', help: 'Clients that are not read from.', value: ({ paused }) => paused },
  {
    type: Gauge,
    name: 'output_buffer_bytes',
    help: 'Output that waits to be sent.',
    value: ({ bufferedBytes }) => bufferedBytes,
  },
  {
    type: Counter,
    name: 'disconnects_total',
    help: 'Connections that have ended.',
    label: 'reason',
    value: ({ disconnects }) => ({ ...NO_DISCONNECTS, ...disconnects }),
  },
  {
    type: Counter,
    name: 'accept_errors_total',
    help: 'Failed calls of accept.',
    label: 'errno',
    value: ({ acceptErrors }) => acceptErrors,
  },
];

// prom-client's timer for these wakes the thread a hundred times a second: a loop that rests would need 2 % of a CPU.
const COSTLY_LAGS = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];
const HOUR_MS = 3_600_000;

/**
 * The metrics of a service and of the process.
 * @param service The service.
 * @returns The registry, which reads them when it is asked.
 */
export function createRegistry(service: Service): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: HOUR_MS });
  for (const lag of COSTLY_LAGS) registry.removeSingleMetric(`nodejs_eventloop_lag_${lag}_seconds`);
  for (const metric of ofAll) add(registry, metric, () => service.stats());
  if (service instanceof Server) for (const metric of ofConnections) add(registry, metric, () => statsOf(service));
  return registry;
}

function add<Stats>(registry: Registry, { type, name, help, label, value }: Metric<Stats>, read: () => Stats): void {
  new type<string>({
    name: `tripoll_${name}`,
    help,
    registers: [registry],
    labelNames: label === undefined ? [] : [label],
    collect() {
      this.reset();
      const now = value(read());
      if (typeof now === 'number') this.inc(now);
      else for (const [key, count] of Object.entries(now)) this.inc({ [label!]: key }, count);
    },
  });
}

function statsOf(server: Server): ConnectionStats {
  let bufferedBytes = 0;
  for (const connection of server.connections) bufferedBytes += connection.bufferedBytes;
  return { ...server.stats(), bufferedBytes };
}
