import type { DisconnectReason } from '../../server/connection/disconnect-reason.ts';
import { Server } from '../../server/server.ts';
import type { AnyServer } from './create-server.ts';
import { counter, gauge, type Metric } from './exposition.ts';
import { processMetrics } from './process-metrics.ts';

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
export function serverMetrics(server: AnyServer): Metric[] {
  return [
    counter('tripoll_messages_total', 'Messages received.', () => server.stats().messages),
    counter('tripoll_received_bytes_total', 'Bytes received.', () => server.stats().bytes),
    counter('tripoll_sent_bytes_total', 'Bytes sent.', () => server.stats().bytesSent),
    counter('tripoll_loop_turns_total', 'Turns of the loop.', () => server.stats().turns),
    ...(server instanceof Server ? connectionMetrics(server) : []),
    ...processMetrics(),
  ];
}

function connectionMetrics(server: Server): Metric[] {
  return [
    counter('tripoll_connections_total', 'Clients that have connected.', () => server.stats().clients),
    gauge('tripoll_connections', 'Clients that are connected.', () => server.stats().connected),
    gauge('tripoll_paused_connections', 'Clients that the server does not read from now.', () => server.stats().paused),
    gauge('tripoll_output_buffer_bytes', 'Output that waits to be sent.', () => bufferedBytes(server)),
    counter('tripoll_disconnects_total', 'Connections that have ended.', () => disconnects(server), 'reason'),
    counter('tripoll_accept_errors_total', 'Failed calls of accept.', () => server.stats().acceptErrors, 'errno'),
  ];
}

function disconnects(server: Server): Readonly<Record<string, number>> {
  return { ...NO_DISCONNECTS, ...server.stats().disconnects };
}

function bufferedBytes(server: Server): number {
  let bytes = 0;
  for (const connection of server.connections) bytes += connection.bufferedBytes;
  return bytes;
}
