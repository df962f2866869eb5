import type { BaseOptions } from './loop-server.ts';
import type { Connection } from './connection/client-connection.ts';
import type { DisconnectReason } from './connection/disconnect-reason.ts';
import type { Framing } from './framing/framing.ts';
import type { LimitOptions } from './limits.ts';
import type { ListenAddress } from './listener/listen.ts';
import type { MessageBatch } from './connection/message-batch.ts';

/** What is called, and when. A handler that throws ends its own connection, and nothing else. */
export interface Handlers {
  /**
   * Called with each message, which is the handler's to keep. While a promise that it returns is pending, the next
   * message of the same connection waits; the other connections go on.
   */
  onMessage?: ((message: Buffer, connection: Connection) => unknown) | undefined;
  /**
   * Called instead of `onMessage` with all the messages that are there after one recv, where they are small and many: the
   * batch is looked at before the handler returns, and before its first `await`. A promise that it returns counts as for
   * `onMessage`. What it writes waits for its end: `maxOutputBytes` must have room for the answers to 64 KiB of requests.
   */
  onMessages?: ((messages: MessageBatch, connection: Connection) => unknown) | undefined;
  /** Called when a client has connected. */
  onConnection?: ((connection: Connection) => void) | undefined;
  /** Called with an urgent byte: the third set. */
  onExceptional?: ((byte: number, connection: Connection) => void) | undefined;
  /** Called when a connection has ended, also one that never came to `onConnection`: shed, or without its PROXY header. */
  onDisconnect?: ((connection: Connection, reason: DisconnectReason) => void) | undefined;
  /** Called when accepting stops for a while, because the process or the system is out of fds or memory. */
  onExhausted?: ((code: string) => void) | undefined;
  /** Called with what a handler threw, or its promise was rejected with. By default a warning of the process. */
  onError?: ((error: unknown, connection: Connection | undefined) => void) | undefined;
}

/** What a server is made of. */
export interface ServerOptions extends BaseOptions, Handlers, LimitOptions {
  /**
   * Where to listen: ['0.0.0.0', 9001] or ['::1', 9001], port 0 lets the kernel choose; the path of a Unix socket; or
   * { fd: 3 }, a listening socket that was inherited.
   */
  address: ListenAddress;
  /** How the stream is cut into messages; 'chunk' by default: what one recv gave. */
  framing?: Framing | undefined;
  /**
   * Whether a client that has sent its end of input can still be written to, until `end`. Without it the connection is
   * closed as soon as the handler is done and what it wrote is sent.
   */
  allowHalfOpen?: boolean | undefined;
  /** Whether each connection begins with a PROXY protocol header, version 1 or 2, that tells the client's address. */
  proxyProtocol?: boolean | undefined;
  /** What happens to clients above `maxClients`: 'pause' lets them wait in the kernel's queue, 'shed' closes them. */
  overload?: 'pause' | 'shed' | undefined;
}
