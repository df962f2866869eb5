import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { DisconnectReason } from '../../server/connection/disconnect-reason.ts';
import { Server } from '../../server/server.ts';
import type { AnyServer } from './create-server.ts';

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

// The timer that prom-client needs for these wakes the thread 100 times a second. An idle loop would use 2 % of a CPU.
const COSTLY_LAGS = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];
const HOUR_MS = 3_600_000;

/** The metrics of a server and of the process. The registry reads the values when somebody asks for them. */
export function createRegistry(server: AnyServer): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: HOUR_MS });
  for (const lag of COSTLY_LAGS) registry.removeSingleMetric(`nodejs_eventloop_lag_${lag}_seconds`);
  const add = metricAdder(registry);
  add(Counter, 'messages_total', 'Messages received.', () => server.stats().messages);
  add(Counter, 'received_bytes_total', 'Bytes received.', () => server.stats().bytes);
  add(Counter, 'sent_bytes_total', 'Bytes sent.', () => server.stats().bytesSent);
  add(Counter, 'loop_turns_total', 'Turns of the loop.', () => server.stats().turns);
  if (server instanceof Server) addConnectionMetrics(add, server);
  return registry;
}

function addConnectionMetrics(add: AddMetric, server: Server): void {
  add(Counter, 'connections_total', 'Clients that have connected.', () => server.stats().clients);
  add(Gauge, 'connections', 'Clients that are connected.', () => server.stats().connected);
  add(Gauge, 'paused_connections', 'Clients that the server does not read from now.', () => server.stats().paused);
  add(Gauge, 'output_buffer_bytes', 'Output that waits to be sent.', () => bufferedBytes(server));
  const disconnects = (): Series => ({ ...NO_DISCONNECTS, ...server.stats().disconnects });
  add(Counter, 'disconnects_total', 'Connections that have ended.', disconnects, 'reason');
  add(Counter, 'accept_errors_total', 'Failed calls of accept.', () => server.stats().acceptErrors, 'errno');
}

function bufferedBytes(server: Server): number {
  let bytes = 0;
  for (const connection of server.connections) bytes += connection.bufferedBytes;
  return bytes;
}

/** A number for each value of a label. */
type Series = Readonly<Record<string, number>>;
type AddMetric = ReturnType<typeof metricAdder>;

function metricAdder(registry: Registry) {
  return (type: typeof Counter | typeof Gauge, name: string, help: string, read: () => number | Series, label = '') => {
    new type<string>({
      name: `tripoll_${name}`,
      help,
      registers: [registry],
      labelNames: label === '' ? [] : [label],
      collect() {
        this.reset();
        const value = read();
        if (typeof value === 'number') this.inc(value);
        else for (const [key, count] of Object.entries(value)) this.inc({ [label]: key }, count);
      },
    });
  };
}
