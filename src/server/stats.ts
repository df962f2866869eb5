import type { DisconnectReason } from './connection/disconnect-reason.ts';

/** What a server has done. */
export interface ServerStats {
  /** Clients that have connected. */
  clients: number;
  /** Clients that are connected now. */
  connected: number;
  /** Clients that are connected, and not read from now: by `pause`, a handler that is busy, or output that is not read. */
  paused: number;
  /** Messages handed to `onMessage`. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Turns of the loop: waits in select, poll or epoll_wait that have ended. */
  turns: number;
  /** How many connections have ended, by reason. */
  disconnects: Readonly<Partial<Record<DisconnectReason, number>>>;
  /** How often accept(2) failed, by code: 'EMFILE', 'ECONNABORTED'. */
  acceptErrors: Readonly<Record<string, number>>;
}
