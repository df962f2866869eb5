/**
 * Why a connection ended: the peer closed it ('eof'); a network error; silence for too long, at the start or later; a
 * message that took too long; output that was not read, for too long or too much of it; a message that is too long, or
 * not in the framing's form; more clients than the limits allow; the end of `shutdown` or `end` that took too long; our
 * own `close` or `end`; a handler that threw.
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
