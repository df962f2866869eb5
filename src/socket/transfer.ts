import * as sys from '../system/calls.ts';
import { POLLIN, POLLOUT } from '../system/constants/select.ts';
import { EINTR } from '../system/errno.ts';
import { addressRepr } from './address-text.ts';
import { type Address, type AddressInput, pack, sockaddr, sockaddrLength, unpack } from './address.ts';
import { toBytes, toInt, toSize, toWritable } from './arguments.ts';
import { SocketEndpoint } from './endpoint.ts';
import { deadlineOf, retry } from './wait.ts';

const SCRATCH_BYTES = 64 * 1024;

// Receives of up to 64 KiB write into this buffer. The bytes are copied out of it before any other code runs.
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** Returns a buffer of at least `size` bytes, valid until the next receive. A RangeError says that memory is short. */
export function receiveBuffer(size: number): Buffer {
  return size <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafeSlow(size);
}

/**
 * Returns the received bytes in memory of their own. `count` is the call's result, which with MSG_TRUNC may be more
 * than was stored.
 */
export function received(buffer: Buffer, size: number, count: number): Buffer {
  const length = Math.min(count, size);
  // A large buffer that is at least half full is returned without a copy: it wastes less than half of its memory.
  if (buffer !== scratch && length * 2 >= size) return buffer.subarray(0, length);
  const bytes = Buffer.allocUnsafe(length);
  buffer.copy(bytes, 0, 0, length);
  return bytes;
}

/**
 * Sending and receiving bytes. On a non-blocking socket each method is exactly one system call.
 * @see CPython, Modules/socketmodule.c, `sock_call_ex`
 */
export class SocketTransfer extends SocketEndpoint {
  /**
   * Receives bytes: one read from a stream, or one datagram.
   * @param bufsize The largest number of bytes to receive, 0 or more; the rest of a longer datagram is lost.
   * @param flags MSG_* bits. Even with MSG_TRUNC the result has only the bytes that were stored.
   * @returns The bytes, in memory that belongs to the caller; none at the end of input.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {OSError} ECONNRESET, ENOTCONN, EBADF, …
   * @throws {RangeError} When the size is negative, or larger than the memory.
   * @see recv(2)
   */
  recv(bufsize: number, flags = 0): Buffer {
    const size = toSize(bufsize);
    const bits = toInt(flags);
    if (size < 0) throw new RangeError('negative buffersize in recv');
    // As in CPython no system call is made, even if the socket is closed.
    if (size === 0) return Buffer.alloc(0);
    const buffer = receiveBuffer(size);
    return received(buffer, size, this.#recv(buffer, size, bits));
  }

  /**
   * Does the same as `recv`, but writes into the caller's buffer.
   * @param buffer Receives the bytes, from its start.
   * @param nbytes The largest number of bytes to receive; 0 or no argument means the buffer's length.
   * @param flags MSG_* bits.
   * @returns The number of bytes; with MSG_TRUNC the datagram's whole length, which may be more than was stored.
   * @throws {RangeError} When `nbytes` is negative or larger than the buffer.
   * @see recv(2)
   */
  recvInto(buffer: Uint8Array, nbytes = 0, flags = 0): number {
    const target = toWritable(buffer, 'recv_into');
    const asked = toSize(nbytes);
    const bits = toInt(flags);
    if (asked < 0) throw new RangeError('negative buffersize in recv_into');
    const size = asked === 0 ? target.length : asked;
    if (size > target.length) throw new RangeError('buffer too small for requested bytes');
    return size === 0 ? 0 : this.#recv(target, size, bits);
  }

  #recv(buffer: Uint8Array, size: number, flags: number): number {
    const result = this.timeoutNs > 0 ? EINTR : sys.recv(this.fd, buffer, 0, size, flags);
    return result >= 0 ? result : this.#recvAgain(result, buffer, size, flags);
  }

  #recvAgain(result: number, buffer: Uint8Array, size: number, flags: number): number {
    return this.again(result, POLLIN, 'recv', () => sys.recv(this.fd, buffer, 0, size, flags));
  }

  /**
   * Receives bytes and the address of their sender.
   * @param bufsize The largest number of bytes to receive, 0 or more.
   * @param flags MSG_* bits.
   * @returns The bytes and the sender's address; `null` if the kernel names no sender, as on a connected stream.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} When the size is negative, or larger than the memory.
   * @see recvfrom(2)
   */
  recvfrom(bufsize: number, flags = 0): [data: Buffer, address: Address | null] {
    const size = toSize(bufsize);
    const bits = toInt(flags);
    if (size < 0) throw new RangeError('negative buffersize in recvfrom');
    const buffer = receiveBuffer(size);
    const count = this.#recvfrom(buffer, size, bits);
    return [received(buffer, size, count), unpack()];
  }

  /**
   * Does the same as `recvfrom`, but writes into the caller's buffer.
   * @param buffer Receives the bytes, from its start.
   * @param nbytes The largest number of bytes to receive; 0 or no argument means the buffer's length.
   * @param flags MSG_* bits.
   * @returns The number of bytes, as for `recvInto`, and the sender's address or `null`.
   * @throws {RangeError} When `nbytes` is negative or larger than the buffer.
   * @see recvfrom(2)
   */
  recvfromInto(buffer: Uint8Array, nbytes = 0, flags = 0): [nbytes: number, address: Address | null] {
    const target = toWritable(buffer, 'recvfrom_into');
    const asked = toSize(nbytes);
    const bits = toInt(flags);
    if (asked < 0) throw new RangeError('negative buffersize in recvfrom_into');
    if (asked > target.length) throw new RangeError('nbytes is greater than the length of the buffer');
    const count = this.#recvfrom(target, asked === 0 ? target.length : asked, bits);
    return [count, unpack()];
  }

  #recvfrom(buffer: Uint8Array, size: number, flags: number): number {
    const result = this.timeoutNs > 0 ? EINTR : sys.recvfrom(this.fd, buffer, 0, size, flags, sockaddr, sockaddrLength);
    return result >= 0 ? result : this.#recvfromAgain(result, buffer, size, flags);
  }

  #recvfromAgain(result: number, buffer: Uint8Array, size: number, flags: number): number {
    return this.again(result, POLLIN, 'recvfrom', () =>
      sys.recvfrom(this.fd, buffer, 0, size, flags, sockaddr, sockaddrLength),
    );
  }

  /**
   * Sends bytes. A stream may accept only some of them.
   * @param data The bytes; a string has to be encoded first.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @returns The number of bytes that the kernel accepted.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket whose send buffer is full.
   * @throws {BrokenPipeError} EPIPE when the peer no longer reads.
   * @throws {OSError} ECONNRESET, EDESTADDRREQ, EMSGSIZE, EBADF, …
   * @see send(2)
   */
  send(data: Uint8Array, flags = 0): number {
    const bytes = toBytes(data);
    return this.#send(bytes, 0, toInt(flags));
  }

  /**
   * Sends all the bytes, with as many system calls as necessary. The timeout is for the whole call.
   * @param data The bytes; a string has to be encoded first.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket. It is unknown how many bytes were sent before.
   * @throws {TimeoutError} When the socket's timeout is over. It is unknown how many bytes were sent before.
   * @throws {BrokenPipeError} EPIPE when the peer no longer reads.
   * @throws {OSError} As `send`.
   * @see CPython, Modules/socketmodule.c, `sock_sendall`
   */
  sendall(data: Uint8Array, flags = 0): void {
    const bytes = toBytes(data);
    const bits = toInt(flags);
    const deadlineMs = this.deadline();
    let sent = 0;
    do sent += this.#send(bytes, sent, bits, deadlineMs);
    while (sent < bytes.length);
  }

  #send(bytes: Uint8Array, offset: number, flags: number, deadlineMs?: number): number {
    const length = bytes.length - offset;
    const result = this.timeoutNs > 0 ? EINTR : sys.send(this.fd, bytes, offset, length, flags);
    return result >= 0 ? result : this.#sendAgain(result, bytes, offset, flags, deadlineMs);
  }

  #sendAgain(result: number, bytes: Uint8Array, offset: number, flags: number, deadlineMs?: number): number {
    const length = bytes.length - offset;
    const attempt = (): number => sys.send(this.fd, bytes, offset, length, flags);
    return this.again(result, POLLOUT, 'send', attempt, undefined, deadlineMs);
  }

  /**
   * Sends one datagram to an address.
   * @param data The bytes; a string has to be encoded first.
   * @param address The receiver's address, as for `bind`.
   * @returns The number of bytes that the kernel accepted.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket whose send buffer is full.
   * @throws {OSError} EMSGSIZE, EBADF, …; EACCES for a broadcast without SO_BROADCAST; as `connect` for the address.
   * @see sendto(2)
   */
  sendto(data: Uint8Array, address: AddressInput): number;
  /**
   * Sends one datagram to an address, with flags.
   * @param data The bytes; a string has to be encoded first.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @param address The receiver's address, as for `bind`.
   * @returns The number of bytes that the kernel accepted.
   */
  sendto(data: Uint8Array, flags: number, address: AddressInput): number;
  sendto(...args: [data: Uint8Array, ...rest: unknown[]]): number {
    if (args.length !== 2 && args.length !== 3) {
      throw new TypeError(`sendto() takes 2 or 3 arguments (${String((args as unknown[]).length)} given)`);
    }
    const bytes = toBytes(args[0]);
    const flags = args.length === 3 ? toInt(args[1]) : 0;
    const address = args.at(-1);
    const addressLength = pack(this.family, address, 'sendto');
    const attempt = (): number => sys.sendto(this.fd, bytes, 0, bytes.length, flags, sockaddr, addressLength);
    const result = this.timeoutNs > 0 ? EINTR : attempt();
    return result >= 0 ? result : this.again(result, POLLOUT, 'sendto', attempt, addressRepr(address as AddressInput));
  }

  /** The time of `performance.now()` at which a call that starts now gives up; `undefined` without a timeout. */
  protected deadline(): number | undefined {
    return this.timeoutNs > 0 ? deadlineOf(this.timeoutNs) : undefined;
  }

  /**
   * Completes a call whose first attempt returned a negative result, and returns its result, 0 or more. -EINTR also
   * means that there was no attempt yet, because the socket has a timeout. `detail` is for the error.
   */
  protected again(
    result: number,
    eventMask: number,
    syscall: string,
    attempt: () => number,
    detail?: string,
    deadlineMs: number | undefined = this.deadline(),
  ): number {
    const final = result === EINTR ? retry(this.fd, eventMask, deadlineMs, attempt) : result;
    return this.check(final, syscall, detail);
  }
}
