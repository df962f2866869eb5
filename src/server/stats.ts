/** What a server has done. */
export interface ServerStats {
  /** Clients that have connected. */
  clients: number;
  /** Clients that are connected now. */
  connected: number;
  /** Messages handed to `onMessage`. */
  messages: number;
  /** Bytes received. */
  bytes: number;
  /** Turns of the loop: waits in select, poll or epoll_wait that have ended. */
  turns: number;
}
