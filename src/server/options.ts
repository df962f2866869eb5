import type { Backend } from '../selectors/backend.ts';
import { SOMAXCONN } from '../socket.ts';
import type { Connection, DisconnectReason } from './connection.ts';

/** What a server is made of. */
export interface ServerOptions {
  /** Where to listen: ['0.0.0.0', 9001] or ['::1', 9001]. Port 0 lets the kernel choose. */
  address: readonly [host: string, port: number];
  /** What to wait with; 'select' by default. */
  backend?: Backend | undefined;
  /** The longest wait of one turn, in seconds, 0 or more; 1 by default. */
  timeoutSeconds?: number | undefined;
  /** How many connections the kernel may queue; SOMAXCONN by default. */
  backlog?: number | undefined;
  /** The most clients at a time, the others wait in the queue; 10,000 by default, 0 disables the limit. */
  maxClients?: number | undefined;
  /** Called with what each recv gave, at most 64 KiB. The message is the handler's to keep. */
  onMessage: (message: Buffer, connection: Connection) => void;
  /** Called when a client has connected. */
  onConnection?: ((connection: Connection) => void) | undefined;
  /** Called when a connection has ended. */
  onDisconnect?: ((connection: Connection, reason: DisconnectReason) => void) | undefined;
  /** Called when a wait has ended with nothing ready. */
  onTick?: (() => void) | undefined;
  /** Called when accepting stops, because the process is out of fds or memory; it goes on with a later tick. */
  onExhausted?: (() => void) | undefined;
  /**
   * Called with what a handler threw. The connection that it was called for is closed, and nothing else stops. By
   * default a warning of the process.
   */
  onError?: ((error: unknown, connection: Connection | undefined) => void) | undefined;
}

/** The numbers of a server, with the defaults filled in. */
export interface Limits {
  /** Of one wait. */
  readonly timeoutSeconds: number;
  /** Of listen(2). */
  readonly backlog: number;
  /** Infinity where the limit is disabled. */
  readonly maxClients: number;
}

/**
 * Checks the numbers of a server.
 * @param options As given.
 * @returns The numbers.
 * @throws {RangeError} For one that is negative or NaN.
 */
export function toLimits(options: ServerOptions): Limits {
  const maxClients = notNegative('maxClients', options.maxClients ?? 10_000);
  return {
    timeoutSeconds: notNegative('timeoutSeconds', options.timeoutSeconds ?? 1),
    backlog: notNegative('backlog', options.backlog ?? SOMAXCONN),
    maxClients: maxClients === 0 ? Infinity : maxClients,
  };
}

function notNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw new RangeError(`${name} must be 0 or more, not ${String(value)}`);
}
