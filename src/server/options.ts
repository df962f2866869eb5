import type { Connection } from './connection/connection.ts';
import type { DisconnectReason } from './connection/disconnect-reason.ts';
import type { MessageBatch } from './connection/message-batch.ts';
import type { Framing } from './framing/framing.ts';
import type { LimitOptions } from './limits.ts';
import type { ListenAddress } from './listener/listen.ts';
import type { LoopServerOptions } from './loop-server.ts';

/**
 * The handlers of a server; each of them may be async. A handler that throws, or whose promise is rejected, ends its own
 * connection; the server goes on. The server waits only for the promises of `onMessage` and `onBatch`, and at the end of a client's
 * input for that of `onUnfinished`.
 */
export interface Handlers {
  /**
   * Called with each message. While a promise that the handler returned is pending, the next message of the same connection
   * waits; the other connections go on.
   * @param message The bytes of the message. The handler may keep them.
   * @param connection The client that sent the message.
   */
  onMessage?: ((message: Buffer, connection: Connection) => unknown) | undefined;
  /**
   * Called instead of `onMessage` with all messages that one recv completed, for small messages in large numbers. The handler
   * reads the batch before it returns, and before its first `await`. A promise that the handler returns works as for
   * `onMessage`. The handler's output waits until it returns: `maxOutputBytes` must have room for the answers to 64 KiB of
   * requests.
   * @param messages The messages, in order.
   * @param connection The client that sent the messages.
   */
  onBatch?: ((messages: MessageBatch, connection: Connection) => unknown) | undefined;
  /**
   * Called with bytes that a client has sent and that no message has become, because the end came first: whatever the framing is,
   * and whatever ended the input. Each such rest is given once, before `onDisconnect`.
   * @param rest The bytes as they were received: of an unfinished message, of a malformed one and what came behind it, or of
   *   messages that the server has not delivered. The handler may keep them.
   * @param connection The client that sent them. With 'eof' it can still be written to.
   * @param reason The reason for the end: 'eof', or the reason that `onDisconnect` receives.
   */
  onUnfinished?: ((rest: Buffer, connection: Connection, reason: DisconnectReason) => unknown) | undefined;
  /**
   * Called when a client has connected.
   * @param connection The new client.
   */
  onConnection?: ((connection: Connection) => unknown) | undefined;
  /**
   * Called with an urgent byte, which the third set of select reports.
   * @param byte 0 to 255.
   * @param connection The client that sent the byte.
   */
  onExceptional?: ((byte: number, connection: Connection) => unknown) | undefined;
  /**
   * Called when a connection has ended, also for a connection without `onConnection`: one that was shed, or that sent no
   * complete PROXY header.
   * @param connection The connection, which is closed.
   * @param reason The reason for the end.
   */
  onDisconnect?: ((connection: Connection, reason: DisconnectReason) => unknown) | undefined;
  /**
   * Called when the server stops accepting or waiting for a while, because a system call has failed: mostly because the process
   * or the system has no free fds or memory.
   * @param code The error of accept(2), epoll_ctl(2) or the call that waits: 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'ENOSPC' or
   *   another one.
   */
  onExhausted?: ((code: string) => unknown) | undefined;
  /**
   * Called with the error of a handler. Without `onError`, the error becomes a warning of the process; so does an error of
   * `onError` itself.
   * @param error The value that the handler threw, or that its promise was rejected with.
   * @param connection The connection that the handler was called for, if any. It is closed.
   */
  onError?: ((error: unknown, connection: Connection | undefined) => unknown) | undefined;
}

/** The options of a server. */
export interface ServerOptions extends LoopServerOptions, Handlers, LimitOptions {
  /**
   * The address to listen on: ['0.0.0.0', 9001] or ['::1', 9001], port 0 for a free port that the kernel chooses; the path of a
   * Unix socket; or { fd: 3 }, a listening socket that the process has inherited.
   */
  address: ListenAddress;
  /** The rule that cuts the stream into messages; 'chunk' by default: a message is what one recv returned. */
  framing?: Framing | undefined;
  /**
   * Whether a client that has ended its output can still be written to, until `end`. Without it, the connection is closed as
   * soon as the handler has finished and its output is sent.
   */
  allowHalfOpen?: boolean | undefined;
  /** Whether each connection starts with a PROXY protocol header, version 1 or 2, which states the client's address. */
  proxyProtocol?: boolean | undefined;
  /** The treatment of clients above `maxClients`: with 'pause' they wait in the kernel's queue, with 'shed' they are closed. */
  overload?: 'pause' | 'shed' | undefined;
}
