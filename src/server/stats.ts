import type { DisconnectReason } from './connection/disconnect-reason.ts';

/** The counters of a `Server`. */
export interface ServerStats {
  /** Clients that have connected since the start. */
  clients: number;
  /** Clients that are connected now. */
  connected: number;
  /** Connected clients that the server does not read from now: after `pause`, or while a handler or unsent output is pending. */
  paused: number;
  /** Messages handed to `onMessage`. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Turns of the loop: waits in select, poll or epoll_wait that have ended. */
  turns: number;
  /** The number of connections that have ended, by reason. */
  disconnects: Readonly<Partial<Record<DisconnectReason, number>>>;
  /** How often bytes were left that no message has become, by the reason for the end: 'eof', 'reset', 'malformed'. */
  unfinished: Readonly<Partial<Record<DisconnectReason, number>>>;
  /** The number of failures of accept(2), by code: 'EMFILE', 'ECONNABORTED'. */
  acceptErrors: Readonly<Record<string, number>>;
  /** How often select(2), poll(2) or epoll_wait(2) has failed, by code: 'ENOMEM'. The loop rested for 100 ms each time. */
  waitErrors: Readonly<Record<string, number>>;
  /** Addresses and clients that have been silent for longer than `expectEverySeconds`. */
  silent: number;
}
