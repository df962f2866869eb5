import type { Address } from '../../socket/address.ts';
import type { DisconnectReason } from './disconnect-reason.ts';

/** A client of a server. Its identity is the object, never the fd: the kernel uses the number of a closed fd again. */
export interface Connection {
  /** The client's address, as `getpeername` returns it, or as the PROXY header states it. */
  readonly address: Address;
  /** The time at which the server accepted the client, in ms on the clock of `performance.now()`. */
  readonly acceptedMs: number;
  /** The number of messages that the client has sent. */
  readonly messages: number;
  /** The number of bytes that the server has received from the client. */
  readonly bytes: number;
  /**
   * The time at which the client's last message was delivered, in ms on the clock of `performance.now()`; 0 before the first. While
   * a handler works on a message, this is still the time of the message before.
   */
  readonly lastMessageMs: number;
  /** The number of bytes that were received and are not delivered: of an unfinished message; during a pause, also of whole ones. */
  readonly unfinishedBytes: number;
  /** The time at which the first byte of the unfinished message arrived, on the same clock; 0 when there is none. */
  readonly unfinishedSinceMs: number;
  /** The number of bytes that the server has sent to the client. */
  readonly bytesSent: number;
  /** The number of bytes that are written and not yet sent. */
  readonly bufferedBytes: number;
  /** Whether the connection has ended. */
  readonly closed: boolean;
  /** Whether the server does not read from the client now: after `pause`, while a handler is busy, or until output is read. */
  readonly paused: boolean;
  /**
   * The fd of the client's socket.
   * @returns The fd, or -1 when the connection has ended.
   */
  fileno(): number;
  /**
   * Sends bytes, in order. The bytes that are written in one turn of the loop are sent together at the end of the turn.
   * @param data Bytes, which must not change until they are sent, or text, which is sent as UTF-8.
   * @returns Whether there is room for more. False from `highWaterBytes` on: wait for `drain`. Also false after `end` and when
   *   the connection has ended: then nothing is sent.
   * @throws {TypeError} When `data` is neither bytes nor text.
   */
  write(data: Uint8Array | string): boolean;
  /**
   * Waits until the kernel has accepted everything that was written, or the connection has ended.
   * @returns A promise, which is never rejected.
   */
  drain(): Promise<void>;
  /**
   * Sends an urgent (out-of-band) byte at once, ahead of the bytes that wait to be sent.
   * @param byte 0 to 255.
   * @returns Whether the kernel accepted the byte.
   * @throws {RangeError} When the byte is any other number.
   * @see send(2), MSG_OOB; tcp(7)
   */
  sendUrgent(byte: number): boolean;
  /**
   * Sends what was written, then the end of output. The connection ends when the client has ended its output too, or after
   * `drainSeconds`. A second call does nothing.
   * @param data Bytes or text to write before the end.
   */
  end(data?: Uint8Array | string): void;
  /** Stops reading. TCP stops the client when the kernel's buffers are full. */
  pause(): void;
  /** Starts reading again. */
  resume(): void;
  /**
   * Ends the connection at once; what was written and not sent is lost. `onDisconnect` is called. A second call does nothing.
   * @param reason The reason that `onDisconnect` receives; 'closed' by default.
   */
  close(reason?: DisconnectReason): void;
}
