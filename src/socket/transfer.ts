import { EINTR } from '../system/errno.ts';
import { POLLIN, POLLOUT } from '../system/constants/select.ts';
import * as sys from '../system/calls.ts';
import { type Address, type AddressInput, pack, sockaddr, sockaddrLength, unpack } from './address.ts';
import { addressRepr } from './address-text.ts';
import { toBytes, toInt, toSize, toWritable } from './arguments.ts';
import { SocketEndpoint } from './endpoint.ts';
import { deadlineOf, retry } from './wait.ts';

const SCRATCH_BYTES = 64 * 1024;

// What a receive of up to 64 KiB writes into; what came is copied out before anything else can run.
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/**
 * A buffer to receive into.
 * @param size How many bytes, 0 or more.
 * @returns One of at least that length, good until the next receive.
 * @throws {RangeError} Where the memory does not hold it.
 */
export function receiveBuffer(size: number): Buffer {
  return size <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafeSlow(size);
}

/**
 * What a receive brought, in memory of its own.
 * @param buffer What `receiveBuffer` gave.
 * @param size What it was asked for.
 * @param got What the call returned; with MSG_TRUNC that may be more than was stored.
 * @returns The bytes that were stored.
 */
export function received(buffer: Buffer, size: number, got: number): Buffer {
  const length = Math.min(got, size);
  // A large buffer that was half filled is kept as it is: at most as much again is wasted.
  if (buffer !== scratch && length * 2 >= size) return buffer.subarray(0, length);
  const bytes = Buffer.allocUnsafe(length);
  buffer.copy(bytes, 0, 0, length);
  return bytes;
}

/**
 * Sending and receiving bytes. On a non-blocking socket each is one system call and nothing else.
 * @see CPython, Modules/socketmodule.c, `sock_call_ex`
 */
export class SocketTransfer extends SocketEndpoint {
  /**
   * Receives bytes: one read from a stream, or one datagram.
   * @param bufsize The most bytes to receive, 0 or more; the rest of a longer datagram is lost.
   * @param flags MSG_* bits. With MSG_TRUNC too, only what was stored is returned.
   * @returns The bytes, the caller's own; empty at end of input.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} ECONNRESET, ENOTCONN, EBADF, …
   * @throws {TypeError} For an argument that is no integer.
   * @throws {RangeError} For a negative size, or one that memory does not hold.
   * @see recv(2)
   */
  recv(bufsize: number, flags = 0): Buffer {
    const size = toSize(bufsize);
    const bits = toInt(flags);
    if (size < 0) throw new RangeError('negative buffersize in recv');
    // As in CPython, without a system call; even on a closed socket.
    if (size === 0) return Buffer.alloc(0);
    const buffer = receiveBuffer(size);
    return received(buffer, size, this.#recv(buffer, size, bits));
  }

  /**
   * `recv` into a buffer of the caller's.
   * @param buffer Where to put the bytes, from its start.
   * @param nbytes The most bytes to receive; 0 or nothing is the buffer's length.
   * @param flags MSG_* bits.
   * @returns How many came; with MSG_TRUNC the datagram's whole length, which may be more than was stored.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {TypeError} Where `buffer` is no Uint8Array.
   * @throws {RangeError} Where `nbytes` is negative or more than the buffer holds.
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
   * Receives bytes and tells who sent them.
   * @param bufsize The most bytes to receive, 0 or more.
   * @param flags MSG_* bits.
   * @returns The bytes and the sender's address, `null` where the kernel names none (connected streams).
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {TypeError} For an argument that is no integer.
   * @throws {RangeError} For a negative size, or one that memory does not hold.
   * @see recvfrom(2)
   */
  recvfrom(bufsize: number, flags = 0): [data: Buffer, address: Address | null] {
    const size = toSize(bufsize);
    const bits = toInt(flags);
    if (size < 0) throw new RangeError('negative buffersize in recvfrom');
    const buffer = receiveBuffer(size);
    const got = this.#recvfrom(buffer, size, bits);
    return [received(buffer, size, got), unpack()];
  }

  /**
   * `recvfrom` into a buffer of the caller's.
   * @param buffer Where to put the bytes, from its start.
   * @param nbytes The most bytes to receive; 0 or nothing is the buffer's length.
   * @param flags MSG_* bits.
   * @returns How many came, as `recvInto` counts, and the sender's address or `null`.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {OSError} As `recv`.
   * @throws {TypeError} Where `buffer` is no Uint8Array.
   * @throws {RangeError} Where `nbytes` is negative or more than the buffer holds.
   * @see recvfrom(2)
   */
  recvfromInto(buffer: Uint8Array, nbytes = 0, flags = 0): [nbytes: number, address: Address | null] {
    const target = toWritable(buffer, 'recvfrom_into');
    const asked = toSize(nbytes);
    const bits = toInt(flags);
    if (asked < 0) throw new RangeError('negative buffersize in recvfrom_into');
    if (asked > target.length) throw new RangeError('nbytes is greater than the length of the buffer');
    const got = this.#recvfrom(target, asked === 0 ? target.length : asked, bits);
    return [got, unpack()];
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
   * Sends bytes; a stream may take fewer than all.
   * @param data The bytes.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @returns How many bytes were taken.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket whose buffer is full.
   * @throws {TimeoutError} When the socket's timeout is over.
   * @throws {BrokenPipeError} EPIPE where nobody will read them.
   * @throws {OSError} ECONNRESET, EDESTADDRREQ, EMSGSIZE, EBADF, …
   * @throws {TypeError} Where `data` is no Uint8Array; a string has to be encoded first.
   * @see send(2)
   */
  send(data: Uint8Array, flags = 0): number {
    const bytes = toBytes(data);
    return this.#send(bytes, 0, toInt(flags));
  }

  /**
   * Sends all the bytes, waiting as often as it must. The timeout is for all of it.
   * @param data The bytes.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket: nobody can tell how much was taken.
   * @throws {TimeoutError} When the socket's timeout is over; nor here.
   * @throws {BrokenPipeError} EPIPE where nobody will read them.
   * @throws {OSError} As `send`.
   * @throws {TypeError} Where `data` is no Uint8Array.
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
   * @param data The bytes.
   * @param address Whom to, as for `bind`.
   * @returns How many bytes were taken.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket whose buffer is full.
   * @throws {OSError} EMSGSIZE, EACCES for a broadcast without SO_BROADCAST, EBADF, …; as `connect` for the address.
   * @throws {TypeError} Where `data` is no Uint8Array, or the address of the wrong shape.
   * @see sendto(2)
   */
  sendto(data: Uint8Array, address: AddressInput): number;
  /**
   * Sends one datagram to an address, with flags.
   * @param data The bytes.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @param address Whom to, as for `bind`.
   * @returns How many bytes were taken.
   * @throws {OSError} As without flags.
   */
  sendto(data: Uint8Array, flags: number, address: AddressInput): number;
  /** @inheritdoc */
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

  /**
   * When a call that begins now has to be done.
   * @returns A time of `performance.now()`; `undefined` for a socket without a timeout.
   */
  protected deadline(): number | undefined {
    return this.timeoutNs > 0 ? deadlineOf(this.timeoutNs) : undefined;
  }

  /**
   * What is to do where a call's first attempt brought no result.
   * @param result What it returned: -errno, or -EINTR where it has not been made because the socket has a timeout.
   * @param eventMask POLLIN or POLLOUT.
   * @param syscall The call's C name.
   * @param attempt Makes the call.
   * @param detail What the call was about, for the error.
   * @param deadlineMs When to give up.
   * @returns The call's result, 0 or more.
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
