/**
 * Python's `socket` module. Every function and method throws a TypeError when an argument has the wrong type, and a
 * RangeError when a number is out of the range of its parameter. The port of an address is 0 to 65535.
 */
export * from './system/constants/socket.ts';
export { gaierror, herror, OSError as error, TimeoutError as timeout } from './system/errors.ts';
export type { Address, AddressInput, Inet4Address, Inet6Address, OtherAddress, UnixAddress } from './socket/address.ts';
export { BinaryFile } from './socket/binary-file.ts';
export { type AncillaryData, CMSG_LEN, CMSG_SPACE } from './socket/control.ts';
export * from './socket/convert.ts';
export * from './socket/create.ts';
export * from './socket/databases.ts';
export { recvFds, sendFds } from './socket/fd-passing.ts';
export type { BinaryMode, TextMode, TextOptions } from './socket/makefile.ts';
export type { ReceivedMessage, ReceivedMessageInto } from './socket/message.ts';
export * from './socket/names.ts';
export { Socket, socket } from './socket/socket.ts';
export { SocketIO } from './socket/socket-io.ts';
export { TextFile } from './socket/text-file.ts';
export { getdefaulttimeout, setdefaulttimeout } from './socket/wait.ts';
export type { Timeout } from './system/timeout.ts';
