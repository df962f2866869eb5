import { types } from 'node:util';

import * as sys from '../system/calls.ts';
import { INT_MAX } from '../system/integer.ts';
import { POLLIN, POLLOUT } from '../system/constants/select.ts';
import { MSG_CMSG_CLOEXEC } from '../system/constants/socket.ts';
import { EINTR, EMSGSIZE } from '../system/errno.ts';
import { type Address, type AddressInput, pack, sockaddr, sockaddrLength, unpack } from './address.ts';
import { toBytes, toInt, toList, toSize } from './arguments.ts';
import { type AncillaryData, packControl, unpackControl } from './control.ts';
import { received, receiveBuffer, SocketTransfer } from './transfer.ts';

/** The result of `recvmsg`. */
export type ReceivedMessage = [data: Buffer, ancdata: AncillaryData[], msgFlags: number, address: Address | null];
/** The result of `recvmsgInto`. */
export type ReceivedMessageInto = [nbytes: number, ancdata: AncillaryData[], msgFlags: number, address: Address | null];

// IOV_MAX: linux/limits.h.
const MAX_BUFFERS = 1024;
const NOT_WRITABLE = 'recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers';

// The last recvmsg's length of control data, message flags and length of address.
const out = new Int32Array(3);

/**
 * Messages of several buffers and ancillary data: sendmsg and recvmsg.
 * @see CPython, Modules/socketmodule.c, `sock_sendmsg`, `sock_recvmsg`
 */
export class SocketMessage extends SocketTransfer {
  /**
   * Sends the bytes of several buffers as one message.
   * @param buffers Up to 1024 Uint8Arrays.
   * @param ancdata Records of [level, type, data]; for open files use `sendFds`.
   * @param flags MSG_* bits; MSG_NOSIGNAL is always added.
   * @param address The receiver's address, for an unconnected datagram socket.
   * @returns The number of bytes that the kernel accepted.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket whose send buffer is full.
   * @throws {OSError} EMSGSIZE for more than 1024 buffers; otherwise as `send`.
   * @see sendmsg(2)
   */
  sendmsg(
    buffers: Iterable<Uint8Array>,
    ancdata: Iterable<AncillaryData<Uint8Array>> = [],
    flags = 0,
    address?: AddressInput | null,
  ): number {
    const list = toList(buffers, 'sendmsg', 1).map(toBytes);
    const control = packControl(ancdata);
    const bits = toInt(flags);
    const isNamed = address !== undefined && address !== null;
    const addressLength = isNamed ? pack(this.family, address, 'sendmsg') : 0;
    if (list.length > MAX_BUFFERS) this.check(EMSGSIZE, 'sendmsg');
    const attempt = (): number => sys.sendmsg(this.fd, list, control, bits, isNamed ? sockaddr : null, addressLength);
    return this.#call(POLLOUT, 'sendmsg', attempt);
  }

  /**
   * Receives a message and its ancillary data.
   * @param bufsize The largest number of bytes to receive, 0 or more.
   * @param ancbufsize The room for ancillary data in bytes, 0 or more: `CMSG_SPACE` or `CMSG_LEN` of the expected
   *   records.
   * @param flags MSG_* bits. Received fds are always close-on-exec.
   * @returns The bytes, the records, the message's flags (MSG_TRUNC, MSG_CTRUNC, …) and the sender's address or `null`.
   * @throws {BlockingIOError} EAGAIN on a non-blocking socket.
   * @throws {OSError} As `recv`.
   * @throws {RangeError} When a size is negative, or larger than the memory.
   * @see recvmsg(2)
   */
  recvmsg(bufsize: number, ancbufsize = 0, flags = 0): ReceivedMessage {
    const size = toSize(bufsize);
    if (size < 0) throw new RangeError('negative buffer size in recvmsg()');
    const buffer = receiveBuffer(size);
    const [count, ...rest] = this.#recvmsg([buffer.subarray(0, size)], ancbufsize, flags);
    return [received(buffer, size, count), ...rest];
  }

  /**
   * Does the same as `recvmsg`, but fills the caller's buffers, one after the other.
   * @param buffers Up to 1024 Uint8Arrays.
   * @param ancbufsize The room for ancillary data in bytes, 0 or more.
   * @param flags MSG_* bits. Received fds are always close-on-exec.
   * @returns The number of bytes, the records, the message's flags and the sender's address or `null`.
   * @throws {OSError} EMSGSIZE for more than 1024 buffers; otherwise as `recv`.
   * @see recvmsg(2)
   */
  recvmsgInto(buffers: Iterable<Uint8Array>, ancbufsize = 0, flags = 0): ReceivedMessageInto {
    const list = toList(buffers, 'recvmsg_into', 1);
    if (!list.every((buffer) => types.isUint8Array(buffer))) throw new TypeError(NOT_WRITABLE);
    if (list.length > MAX_BUFFERS) this.check(EMSGSIZE, 'recvmsg');
    return this.#recvmsg(list, ancbufsize, flags);
  }

  #recvmsg(buffers: Uint8Array[], ancbufsize: number, flags: number): ReceivedMessageInto {
    const controlSize = toSize(ancbufsize);
    const bits = toInt(flags);
    if (controlSize < 0 || controlSize > INT_MAX) {
      throw new RangeError('invalid ancillary data buffer length');
    }
    const control = controlSize === 0 ? null : Buffer.alloc(controlSize);
    const attempt = (): number => sys.recvmsg(this.fd, buffers, control, bits, sockaddr, out);
    const count = this.#call(POLLIN, 'recvmsg', attempt);
    const [controlLength = 0, msgFlags = 0, addressLength = 0] = out;
    sockaddrLength[0] = addressLength;
    const ancdata = control === null ? [] : unpackControl(control.subarray(0, controlLength));
    // The addon always adds MSG_CMSG_CLOEXEC, and the kernel returns it. Callers see it only if they passed it
    // themselves.
    return [count, ancdata, msgFlags & ~(MSG_CMSG_CLOEXEC & ~bits), unpack()];
  }

  #call(eventMask: number, syscall: string, attempt: () => number): number {
    const result = this.timeoutNs > 0 ? EINTR : attempt();
    return result >= 0 ? result : this.again(result, eventMask, syscall, attempt);
  }
}
