import type { Connection } from './client-connection.ts';
import type { DisconnectReason } from './disconnect-reason.ts';
import type { Copies } from '../framing/copies.ts';
import type { Frames } from '../framing/frames.ts';
import type { Decoder } from '../framing/framing.ts';
import type { Limits } from '../limits.ts';
import type { Loop } from '../loop/loop.ts';

/** What a connection needs of its server. */
export interface Host {
  /** What waits for it. */
  readonly loop: Loop;
  /** Of all connections. */
  readonly limits: Limits;
  /** Makes what cuts a connection's stream into messages. */
  readonly decoder: () => Decoder;
  /** Of ServerOptions. */
  readonly allowHalfOpen: boolean;
  /** EVENT_EXCEPTIONAL where somebody wants urgent bytes, else 0. */
  readonly urgent: number;
  /** Where the bytes of one recv are put; of all connections. */
  readonly received: Buffer;
  /** Cuts messages from what was received. */
  readonly copies: Copies;
  /** Where small pieces of output are gathered; of all connections. */
  readonly scratch: Buffer;
  /** Counts what went over the wire, and tells those who watch. */
  transferred(fd: number, call: 'recv' | 'send', result: number): void;
  /** A turn's share was read, and there may be more. */
  behind(): void;
  /** The PROXY header has told the address. */
  connected(connection: Connection): void;
  /** Calls the handler of messages; gives its promise, if any. */
  deliver(message: Buffer, connection: Connection): PromiseLike<unknown> | undefined;
  /** Where the messages of one recv are; of all connections. */
  readonly frames: Frames;
  /** Calls the handler of many messages, where there is one, with those in `frames`; gives its promise, if any. */
  readonly deliverAll: ((frames: Frames, connection: Connection) => PromiseLike<unknown> | undefined) | undefined;
  /** Calls the handler of urgent bytes. */
  exceptional(byte: number, connection: Connection): void;
  /** A handler has failed. */
  failed(error: unknown, connection: Connection): void;
  /** Calls `attend` of the connection at the end of this turn, or soon. */
  attend(connection: Connection): void;
  /** The connection has ended: its fd is out of the loop, and still open. */
  left(connection: Connection, fd: number, reason: DisconnectReason): void;
}
