import { AF_INET, AF_INET6 } from '../system/constants/socket.ts';
import { OSError, osError } from '../system/errors.ts';
import { typeName } from '../system/type-name.ts';
import { isInteger } from '../system/integer.ts';
import { native } from '../system/native.ts';
import { toBytes, toInt, toText } from './arguments.ts';
import { ipText } from './resolve.ts';

const UINT16_LIMIT = 2 ** 16;
const UINT32_LIMIT = 2 ** 32;
const ADDRESS_BYTES: Readonly<Record<number, number>> = { [AF_INET]: 4, [AF_INET6]: 16 };

const view = new DataView(new ArrayBuffer(4));
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Converts a 16-bit number from the machine's to the network's byte order.
 * @param x 0 to 65535.
 * @returns The number whose bytes in memory are those of `x`, most significant byte first.
 * @see byteorder(3)
 */
export function htons(x: number): number {
  return swap16(x, 'htons');
}

/**
 * Converts a 16-bit number from the network's to the machine's byte order: the same as `htons`.
 * @param x 0 to 65535.
 */
export function ntohs(x: number): number {
  return swap16(x, 'ntohs');
}

/**
 * Converts a 32-bit number from the machine's to the network's byte order.
 * @param x 0 to 2**32 - 1.
 * @returns The number whose bytes in memory are those of `x`, most significant byte first.
 * @see byteorder(3)
 */
export function htonl(x: number): number {
  return swap32(x);
}

/**
 * Converts a 32-bit number from the network's to the machine's byte order: the same as `htonl`.
 * @param x 0 to 2**32 - 1.
 */
export function ntohl(x: number): number {
  return swap32(x);
}

function swap16(x: unknown, name: string): number {
  const value = toInt(x);
  if (value < 0) throw new RangeError(`${name}: can't convert negative Python int to C 16-bit unsigned integer`);
  if (value >= UINT16_LIMIT) {
    throw new RangeError(`${name}: Python int too large to convert to C 16-bit unsigned integer`);
  }
  view.setUint16(0, value);
  return view.getUint16(0, isLittleEndian);
}

function swap32(x: unknown): number {
  if (!isInteger(x)) throw new TypeError(`expected int, ${typeName(x)} found`);
  const value = Number(x);
  if (value < 0) throw new RangeError("can't convert negative value to unsigned int");
  if (value >= UINT32_LIMIT) throw new RangeError('int larger than 32 bits');
  view.setUint32(0, value);
  return view.getUint32(0, isLittleEndian);
}

/**
 * Converts an IPv4 address from text to bytes. Short forms such as '127.1' are accepted.
 * @param ipString The address.
 * @returns 4 bytes in network order.
 * @throws {OSError} When `ipString` is not an address; without an errno.
 * @see inet_aton(3)
 */
export function inetAton(ipString: string): Buffer {
  const packed = Buffer.alloc(4);
  if (native.inetAton(toText(ipString, 'inet_aton', 1), packed) <= 0) {
    throw new OSError('illegal IP address string passed to inet_aton');
  }
  return packed;
}

/**
 * Converts an IPv4 address from bytes to text: '127.0.0.1'.
 * @param packedIp 4 bytes in network order.
 * @throws {OSError} When `packedIp` is not 4 bytes long; without an errno.
 * @see inet_ntoa(3)
 */
export function inetNtoa(packedIp: Uint8Array): string {
  const bytes = toBytes(packedIp);
  if (bytes.length !== 4) throw new OSError('packed IP wrong length for inet_ntoa');
  return ipText(AF_INET, bytes);
}

/**
 * Converts an IP address from text to bytes.
 * @param addressFamily AF_INET or AF_INET6.
 * @param ipString The address; short forms such as '127.1' are not accepted.
 * @returns 4 or 16 bytes in network order.
 * @throws {OSError} When `ipString` is not an address, without an errno; EAFNOSUPPORT for another family.
 * @see inet_pton(3)
 */
export function inetPton(addressFamily: number, ipString: string): Buffer {
  const family = toInt(addressFamily);
  const packed = Buffer.alloc(16);
  const result = native.inetPton(family, toText(ipString, 'inet_pton', 2), packed);
  if (result < 0) throw osError(result, 'inet_pton');
  if (result === 0) throw new OSError('illegal IP address string passed to inet_pton');
  return packed.subarray(0, ADDRESS_BYTES[family]);
}

/**
 * Converts an IP address from bytes to text: '127.0.0.1', '::1'.
 * @param addressFamily AF_INET or AF_INET6.
 * @param packedIp 4 or 16 bytes in network order.
 * @throws {RangeError} When the family is another one, or the number of bytes does not fit it.
 * @see inet_ntop(3)
 */
export function inetNtop(addressFamily: number, packedIp: Uint8Array): string {
  const family = toInt(addressFamily);
  const bytes = toBytes(packedIp);
  const length = ADDRESS_BYTES[family];
  if (length === undefined) throw new RangeError(`unknown address family ${family}`);
  if (bytes.length !== length) throw new RangeError('invalid length of packed IP address string');
  return ipText(family, bytes);
}
