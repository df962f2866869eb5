import { CMSG_ALIGNMENT, SIZEOF_CMSGHDR } from '../constants/layout.ts';
import { SCM_RIGHTS, SOL_SOCKET } from '../constants/socket.ts';
import { OSError, typeName } from '../errors.ts';
import type { AddressInput } from './address.ts';
import { toBytes, toInt, toList, toSize } from './arguments.ts';
import type { ReceivedMessage, SocketMessage } from './message.ts';

/** One record of ancillary data: struct cmsghdr and what follows it. */
export type AncillaryData<Bytes extends Uint8Array = Buffer> = [level: number, type: number, data: Bytes];

const SIZEOF_INT = 4;
const SOCKLEN_MAX = 2 ** 31 - 1;
// struct cmsghdr: size_t cmsg_len, int cmsg_level, int cmsg_type. The supported machines are little-endian, and no
// length needs the upper half of a 64-bit size_t.
const OFFSETOF_TYPE = SIZEOF_CMSGHDR - SIZEOF_INT;
const OFFSETOF_LEVEL = OFFSETOF_TYPE - SIZEOF_INT;

/**
 * The bytes of a record, without the padding that follows it.
 * @param length Bytes of data, 0 or more.
 * @returns What `ancbufsize` has to be to receive just one such record.
 * @throws {TypeError} Where it is no integer.
 * @throws {RangeError} Where it is negative or the result beyond 2**31 - 1.
 * @see cmsg(3)
 */
export function CMSG_LEN(length: number): number {
  const size = toSize(length);
  if (size < 0 || size > SOCKLEN_MAX - SIZEOF_CMSGHDR) throw new RangeError('CMSG_LEN() argument out of range');
  return SIZEOF_CMSGHDR + size;
}

/**
 * The bytes of a record and its padding: what it takes among others.
 * @param length Bytes of data, 0 or more.
 * @returns What it adds to `ancbufsize`.
 * @throws {TypeError} Where it is no integer.
 * @throws {RangeError} Where it is negative or the result beyond 2**31 - 1.
 * @see cmsg(3)
 */
export function CMSG_SPACE(length: number): number {
  const size = toSize(length);
  // CPython leaves room for the padding whether it is needed or not: `get_CMSG_SPACE`.
  const most = SOCKLEN_MAX - SIZEOF_CMSGHDR - CMSG_ALIGNMENT;
  if (size < 0 || size > most) throw new RangeError('CMSG_SPACE() argument out of range');
  return SIZEOF_CMSGHDR + aligned(size);
}

function aligned(size: number): number {
  return Math.ceil(size / CMSG_ALIGNMENT) * CMSG_ALIGNMENT;
}

/**
 * Lays out records for sendmsg(2).
 * @param ancdata An iterable of [level, type, data].
 * @returns The control bytes; `null` where there are no records.
 * @throws {TypeError} For a record of another shape.
 * @throws {OSError} 'too much ancillary data', without an errno.
 * @see CPython, Modules/socketmodule.c, `sock_sendmsg`
 */
export function packControl(ancdata: unknown): Buffer | null {
  const records = toList(ancdata, 'sendmsg', 2).map(toRecord);
  const size = records.reduce((total, [, , data]) => total + SIZEOF_CMSGHDR + aligned(data.length), 0);
  if (size === 0) return null;
  if (size > SOCKLEN_MAX) throw new OSError('too much ancillary data');
  const control = Buffer.alloc(size);
  let offset = 0;
  for (const [level, type, data] of records) {
    control.writeUInt32LE(SIZEOF_CMSGHDR + data.length, offset);
    control.writeInt32LE(level, offset + OFFSETOF_LEVEL);
    control.writeInt32LE(type, offset + OFFSETOF_TYPE);
    control.set(data, offset + SIZEOF_CMSGHDR);
    offset += SIZEOF_CMSGHDR + aligned(data.length);
  }
  return control;
}

function toRecord(item: unknown): AncillaryData<Uint8Array> {
  const what = '[sendmsg() ancillary data items]() argument must be';
  if (!Array.isArray(item)) throw new TypeError(`${what} 3-item sequence, not ${typeName(item)}`);
  const record: unknown[] = item;
  if (record.length !== 3) throw new TypeError(`${what} sequence of length 3, not ${String(record.length)}`);
  return [toInt(record[0]), toInt(record[1]), toBytes(record[2])];
}

/**
 * Reads the records that recvmsg(2) left.
 * @param control The control bytes that it filled; a record cut short (MSG_CTRUNC) is given as far as it came.
 * @returns The records, with data of their own.
 * @see CPython, Modules/socketmodule.c, `sock_recvmsg_guts`
 */
export function unpackControl(control: Buffer): AncillaryData[] {
  const records: AncillaryData[] = [];
  let offset = 0;
  while (offset + SIZEOF_CMSGHDR <= control.length) {
    const length = control.readUInt32LE(offset);
    if (length < SIZEOF_CMSGHDR) break;
    const data = control.subarray(offset + SIZEOF_CMSGHDR, offset + length);
    const level = control.readInt32LE(offset + OFFSETOF_LEVEL);
    records.push([level, control.readInt32LE(offset + OFFSETOF_TYPE), Buffer.from(data)]);
    offset += aligned(length);
  }
  return records;
}

/**
 * Sends bytes and, with them, open files to another process.
 * @param sock An AF_UNIX socket.
 * @param buffers The bytes; at least one, or a stream carries no fds.
 * @param fds The file descriptors; they stay open here.
 * @param flags MSG_* bits.
 * @param address Whom to, on an unconnected datagram socket.
 * @returns How many bytes were taken.
 * @throws {TypeError} Where an argument is of another kind.
 * @throws {OSError} EBADF where an fd is closed, EINVAL for over 253 fds; as `send`.
 * @see unix(7), SCM_RIGHTS
 */
export function sendFds(
  sock: SocketMessage,
  buffers: Iterable<Uint8Array>,
  fds: Iterable<number>,
  flags = 0,
  address?: AddressInput | null,
): number {
  const list = Int32Array.from(toList(fds, 'send_fds', 3), toInt);
  const rights: AncillaryData<Uint8Array> = [SOL_SOCKET, SCM_RIGHTS, new Uint8Array(list.buffer)];
  return sock.sendmsg(buffers, [rights], flags, address);
}

/**
 * Receives bytes and the fds that came with them.
 * @param sock An AF_UNIX socket.
 * @param bufsize The most bytes to receive.
 * @param maxfds The most fds to receive; the kernel closes the rest and sets MSG_CTRUNC.
 * @param flags MSG_* bits.
 * @returns The bytes, the fds, which are close-on-exec and the caller's to close, the message's flags and the sender.
 * @throws {TypeError} For an argument that is no integer.
 * @throws {RangeError} For a negative number.
 * @throws {OSError} As `recv`.
 * @see unix(7), SCM_RIGHTS
 */
export function recvFds(
  sock: SocketMessage,
  bufsize: number,
  maxfds: number,
  flags = 0,
): [data: Buffer, fds: number[], msgFlags: number, address: ReceivedMessage[3]] {
  const [data, records, msgFlags, address] = sock.recvmsg(bufsize, CMSG_LEN(toSize(maxfds) * SIZEOF_INT), flags);
  const fds = records
    .filter(([level, type]) => level === SOL_SOCKET && type === SCM_RIGHTS)
    .flatMap(([, , rights]) => toFds(rights));
  return [data, fds, msgFlags, address];
}

function toFds(rights: Buffer): number[] {
  const fds: number[] = [];
  for (let at = 0; at + SIZEOF_INT <= rights.length; at += SIZEOF_INT) fds.push(rights.readInt32LE(at));
  return fds;
}
