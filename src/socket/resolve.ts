import { domainToASCII } from 'node:url';
import { types } from 'node:util';

import { AF_INET, AF_INET6, AI_PASSIVE, EAI_SYSTEM, SOCK_DGRAM } from '../system/constants/socket.ts';
import { gaierror, OSError, osError, typeName } from '../system/errors.ts';
import { native } from '../system/native.ts';

// One result of getaddrinfo(3); the address is a struct sockaddr.
type Found = [family: number, type: number, protocol: number, canonname: string, address: Buffer];

/** An IP address as bytes: 4 of AF_INET or 16 of AF_INET6. */
export interface IpAddress {
  /** AF_INET or AF_INET6. */
  family: number;
  /** Network order. It may be a view that the next look-up overwrites. */
  bytes: Uint8Array;
}

const scratch = new Uint8Array(16);
const errnoOut = new Int32Array(1);
const ALL_ZERO = new Uint8Array(16);
const ALL_ONE = new Uint8Array(4).fill(255);
// Where the address begins in struct sockaddr_in and sockaddr_in6.
const OFFSETOF_SIN_ADDR = 4;
const OFFSETOF_SIN6_ADDR = 8;

/**
 * A host name as the C library takes it; other letters than ASCII become Punycode.
 * @param host A string or bytes.
 * @returns The name in ASCII.
 * @throws {TypeError} Where it is neither, holds a null character or cannot be encoded.
 * @see CPython, Modules/socketmodule.c, `idna_converter`
 */
export function toHostName(host: unknown): string {
  const text = types.isUint8Array(host) ? Buffer.from(host).toString() : host;
  if (typeof text !== 'string') throw new TypeError(`str, bytes or bytearray expected, not ${typeName(host)}`);
  if (text.includes('\0')) throw new TypeError('host name must not contain null character');
  return toAscii(text);
}

/**
 * A host name in ASCII.
 * @param name Any string.
 * @returns The same where it is ASCII, else its Punycode.
 * @throws {TypeError} Where there is none.
 */
export function toAscii(name: string): string {
  // A control character is no letter of a name: domainToASCII refuses it.
  if (!/[^ -~]/.test(name)) return name;
  const ascii = domainToASCII(name);
  if (ascii === '') throw new TypeError('encoding of hostname failed');
  return ascii;
}

/**
 * The IP address of a host. A literal takes no look-up; a name is looked up and blocks the thread until it is found.
 * @param name '' is the wildcard address, '<broadcast>' is 255.255.255.255.
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for whichever comes first.
 * @returns The address.
 * @throws {gaierror} Where there is none.
 * @throws {OSError} Where the broadcast address is asked of AF_INET6, or the wildcard address of no family.
 * @see CPython, Modules/socketmodule.c, `setipaddr`
 */
export function resolve(name: string, family: number): IpAddress {
  if (name === '') return wildcard(family);
  if (name === '<broadcast>' || name === '255.255.255.255') {
    if (family === AF_INET6) throw new OSError('address family mismatched');
    return { family: AF_INET, bytes: ALL_ONE };
  }
  return literal(name, family) ?? toIpAddress(lookUp(name, null, family, 0, 0, 0)[0]);
}

function wildcard(family: number): IpAddress {
  if (family === AF_INET) return { family, bytes: ALL_ZERO.subarray(0, 4) };
  if (family === AF_INET6) return { family, bytes: ALL_ZERO };
  const found = lookUp(null, '0', family, SOCK_DGRAM, 0, AI_PASSIVE);
  if (found.length > 1) throw new OSError('wildcard resolved to multiple address');
  return toIpAddress(found[0]);
}

function literal(name: string, family: number): IpAddress | undefined {
  if (family !== AF_INET6 && native.inetPton(AF_INET, name, scratch) > 0) {
    return { family: AF_INET, bytes: scratch.subarray(0, 4) };
  }
  if (family !== AF_INET && native.inetPton(AF_INET6, name, scratch) > 0) return { family: AF_INET6, bytes: scratch };
  return undefined;
}

function toIpAddress(found: Found | undefined): IpAddress {
  if (found?.[0] === AF_INET) {
    return { family: AF_INET, bytes: found[4].subarray(OFFSETOF_SIN_ADDR, OFFSETOF_SIN_ADDR + 4) };
  }
  if (found?.[0] === AF_INET6) {
    return { family: AF_INET6, bytes: found[4].subarray(OFFSETOF_SIN6_ADDR, OFFSETOF_SIN6_ADDR + 16) };
  }
  throw new OSError('unknown address family');
}

/**
 * An IP address as text.
 * @param family AF_INET or AF_INET6.
 * @param bytes 4 or 16 bytes.
 * @returns '127.0.0.1', '::1'.
 * @throws {OSError} EAFNOSUPPORT for another family.
 * @see inet_ntop(3)
 */
export function ipText(family: number, bytes: Uint8Array): string {
  const text = native.inetNtop(family, bytes);
  if (typeof text === 'number') throw osError(text, 'inet_ntop');
  return text;
}

/**
 * Calls getaddrinfo(3), which blocks the thread where a name has to be looked up.
 * @param host A name or a literal; `null` for this host.
 * @param service A service's name or a port's digits; `null` for port 0.
 * @param family AF_* or AF_UNSPEC.
 * @param type SOCK_*, or 0 for all.
 * @param proto IPPROTO_*, or 0 for all.
 * @param flags AI_* bits.
 * @returns At least one result.
 * @throws {gaierror} Where nothing is found; `errno` is the EAI_ code.
 * @throws {OSError} Where a system call failed: EAI_SYSTEM.
 */
export function lookUp(
  host: string | null,
  service: string | null,
  family: number,
  type: number,
  proto: number,
  flags: number,
): Found[] {
  const found = native.getaddrinfo(host, service, family, type, proto, flags, errnoOut);
  if (typeof found === 'number') throw lookUpError(found, errnoOut[0] ?? 0, 'getaddrinfo');
  return found;
}

/**
 * The error of a failed look-up.
 * @param eaiCode The EAI_ code, negative.
 * @param errno The errno that goes with EAI_SYSTEM, positive.
 * @param call The function's C name.
 * @returns The error, not thrown.
 * @see CPython, Modules/socketmodule.c, `set_gaierror`
 */
export function lookUpError(eaiCode: number, errno: number, call: string): OSError {
  return eaiCode === EAI_SYSTEM ? osError(-errno, call) : new gaierror(eaiCode);
}
