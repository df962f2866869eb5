import { domainToASCII } from 'node:url';

import { AF_INET, AF_INET6, AI_PASSIVE, EAI_SYSTEM, SOCK_DGRAM } from '../system/constants/socket.ts';
import { gaierror, OSError, osError } from '../system/errors.ts';
import { typeName } from '../system/type-name.ts';
import { type AddressEntry, type AddressQuery, native } from '../system/native.ts';
import { decoded } from './arguments.ts';
import { OFFSETOF_SIN6_ADDR, OFFSETOF_SIN_ADDR } from './sockaddr-layout.ts';

/** An IP address as bytes: 4 for AF_INET, 16 for AF_INET6. */
export interface IpAddress {
  family: number;
  /** In network order. It may be a view of memory that the next look-up overwrites. */
  bytes: Uint8Array;
}

const scratch = new Uint8Array(16);
const errnoOut = new Int32Array(1);
const ALL_ZERO = new Uint8Array(16);
const ALL_ONE = new Uint8Array(4).fill(255);

/** Converts a host name to the form that the C library accepts, as CPython's `idna_converter` does. */
export function toHostName(host: unknown, typeMessage?: string): string {
  const text = decoded(host);
  if (typeof text !== 'string') {
    throw new TypeError(typeMessage ?? `str, bytes or bytearray expected, not ${typeName(host)}`);
  }
  if (text.includes('\0')) throw new TypeError('host name must not contain null character');
  return toAscii(text);
}

/** Converts a host name to ASCII, by Punycode if necessary. Throws a TypeError if the name cannot be encoded. */
export function toAscii(name: string): string {
  // domainToASCII rejects control characters, because no name contains them.
  if (!/[^ -~]/.test(name)) return name;
  // domainToASCII would put U+FFFD in the place of half a surrogate pair.
  const ascii = /\p{Surrogate}/u.test(name) ? '' : domainToASCII(name);
  if (ascii === '') throw new TypeError('encoding of hostname failed');
  return ascii;
}

/**
 * Returns the IP address of a host: '' is the wildcard address, '<broadcast>' is 255.255.255.255, a literal needs no
 * look-up, and a name is looked up, which blocks the thread. AF_UNSPEC accepts the first address of either family.
 * @throws {gaierror} When the host has no address of the family.
 * @throws {OSError} For the broadcast address with AF_INET6, and for the wildcard address if this host has more than
 *   one.
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

function toIpAddress(found: AddressEntry | undefined): IpAddress {
  if (found?.[0] === AF_INET) {
    return { family: AF_INET, bytes: found[4].subarray(OFFSETOF_SIN_ADDR, OFFSETOF_SIN_ADDR + 4) };
  }
  if (found?.[0] === AF_INET6) {
    return { family: AF_INET6, bytes: found[4].subarray(OFFSETOF_SIN6_ADDR, OFFSETOF_SIN6_ADDR + 16) };
  }
  throw new OSError('unknown address family');
}

/** Writes an IP address as text: '127.0.0.1', '::1'. Throws EAFNOSUPPORT for a family that is not an IP family. */
export function ipText(family: number, bytes: Uint8Array): string {
  const text = native.inetNtop(family, bytes);
  if (typeof text === 'number') throw osError(text, 'inet_ntop');
  return text;
}

/** Calls getaddrinfo(3), which blocks the thread while it looks up a name. Returns at least one result. */
export function lookUp(...query: AddressQuery): AddressEntry[] {
  const found = native.getaddrinfo(...query, errnoOut);
  if (typeof found === 'number') throw lookUpError(found, errnoOut[0] ?? 0, 'getaddrinfo');
  return found;
}

/** Makes the error of a failed look-up from the negative EAI_ code and, for EAI_SYSTEM, the positive errno. */
export function lookUpError(eaiCode: number, errno: number, call: string): OSError {
  return eaiCode === EAI_SYSTEM ? osError(-errno, call) : new gaierror(eaiCode);
}
