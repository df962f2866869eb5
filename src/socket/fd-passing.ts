import { SCM_RIGHTS, SOL_SOCKET } from '../system/constants/socket.ts';
import type { AddressInput } from './address.ts';
import { toInt, toList, toSize } from './arguments.ts';
import { type AncillaryData, CMSG_LEN } from './control.ts';
import type { ReceivedMessage, SocketMessage } from './message.ts';

const SIZEOF_INT = 4;

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
