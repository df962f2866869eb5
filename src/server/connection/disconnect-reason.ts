/**
 * Why a connection ended.
 * - `eof`: the client closed it.
 * - `reset`: a network error.
 * - `idle`: the client was silent for too long, at the start or later.
 * - `message-timeout`: a message did not become complete in time.
 * - `write-stall`: the client did not read its output for too long, or there was too much of it.
 * - `too-large`, `malformed`: a message was too long, or not in the form of the framing.
 * - `shed`: there were more clients than the limits allow.
 * - `drain-deadline`: the connection was still open `drainSeconds` after `shutdown` or `end`.
 * - `closed`: the server called `close` or `end`.
 * - `error`: a handler threw.
 */
export type DisconnectReason =
  | 'eof'
  | 'reset'
  | 'idle'
  | 'message-timeout'
  | 'write-stall'
  | 'too-large'
  | 'malformed'
  | 'shed'
  | 'drain-deadline'
  | 'closed'
  | 'error';
