import { hostname } from 'node:os';

import { AF_INET, AF_INET6, AF_UNSPEC, AI_NUMERICHOST, SOCK_DGRAM } from '../system/constants/socket.ts';
import { herror, OSError } from '../system/errors.ts';
import { toUint32 } from '../system/integer.ts';
import { type HostEntry, native } from '../system/native.ts';
import { type Address, unpackBytes } from './address.ts';
import { argumentType, decoded, refuseSurrogates, toInt } from './arguments.ts';
import { type IpAddress, ipText, lookUp, lookUpError, resolve, toAscii, toHostName } from './resolve.ts';
import { MAX_FLOWINFO, OFFSETOF_SIN6_FLOWINFO, OFFSETOF_SIN6_SCOPE_ID } from './sockaddr-layout.ts';

/** One result of `getaddrinfo`. */
export type AddressInfo = [family: number, type: number, proto: number, canonname: string, address: Address];
/** A host's name, its aliases and its IP addresses. */
export type HostInfo = [hostname: string, aliaslist: string[], ipaddrlist: string[]];

const LONG_LIMIT = 2 ** 63;

/**
 * Finds the addresses of a host and a service. Looking up a name blocks the thread.
 * @param host A name or a literal address; `null` means this host.
 * @param port A port number, the name of a service, or `null` for 0.
 * @param family AF_*; 0 for all.
 * @param type SOCK_*; 0 for all.
 * @param proto IPPROTO_*; 0 for all.
 * @param flags AI_* bits.
 * @returns [family, type, proto, canonname, address] of each result. `connect` and `bind` accept the address as it is.
 * @throws {gaierror} When nothing is found; `errno` is the EAI_ code.
 * @throws {OSError} 'Int or String expected', for the port.
 * @see getaddrinfo(3); CPython, Modules/socketmodule.c, `socket_getaddrinfo`
 */
export function getaddrinfo(
  host: string | Uint8Array | null,
  port: number | string | Uint8Array | null,
  family = 0,
  type = 0,
  proto = 0,
  flags = 0,
): AddressInfo[] {
  const hints = [family, type, proto, flags].map(toInt) as [number, number, number, number];
  return lookUp(toHost(host), toService(port), ...hints).map(([domain, kind, protocol, canonname, address]) => [
    domain,
    kind,
    protocol,
    canonname,
    unpackBytes(address) ?? '',
  ]);
}

function toHost(host: unknown): string | null {
  if (host === null || host === undefined) return null;
  if (typeof host === 'string') refuseSurrogates(host);
  // Python cuts a name at its null character, and so looks up a name that nobody asked for; here it is an error.
  return toHostName(host, 'getaddrinfo() argument 1 must be string or None');
}

function toService(port: unknown): string | null {
  if (port === null || port === undefined) return null;
  if (typeof port === 'bigint' || (typeof port === 'number' && Number.isInteger(port))) {
    if (Math.abs(Number(port)) >= LONG_LIMIT) throw new RangeError('Python int too large to convert to C long');
    return String(port);
  }
  const text = decoded(port);
  if (typeof text !== 'string') throw new OSError('Int or String expected');
  refuseSurrogates(text);
  if (text.includes('\0')) throw new TypeError('service name must not contain null character');
  return text;
}

/**
 * Finds the names of the host and the service at an address. Blocks the thread, unless `flags` ask for numbers.
 * @param sockaddr [host, port] or [host, port, flowinfo, scopeid]; the host is a literal address.
 * @param flags NI_* bits.
 * @throws {gaierror} When the host is not a literal address, or when it has no name and `flags` contain NI_NAMEREQD.
 * @throws {RangeError} When the lower 32 bits of flowinfo are not in 0 to 1048575.
 * @throws {OSError} 'IPv4 sockaddr must be 2 tuple'.
 * @see getnameinfo(3); CPython, Modules/socketmodule.c, `socket_getnameinfo`
 */
export function getnameinfo(
  sockaddr: readonly [host: string, port: number, flowinfo?: number, scopeid?: number],
  flags: number,
): [host: string, service: string] {
  const bits = toInt(flags);
  const tuple: unknown = sockaddr;
  if (!Array.isArray(tuple)) throw new TypeError('getnameinfo() argument 1 must be a tuple');
  const [host, port, flowinfo = 0, scopeid = 0] = tuple as unknown[];
  if (typeof host !== 'string' || tuple.length < 2 || tuple.length > 4) {
    throw new TypeError('getnameinfo(): illegal sockaddr argument');
  }
  const service = String(toInt(port));
  const flow = toUint32(flowinfo);
  const scope = toUint32(scopeid);
  if (flow > MAX_FLOWINFO) {
    throw new RangeError(`getnameinfo(): flowinfo must be 0-${MAX_FLOWINFO}.`);
  }
  const found = lookUp(toHost(host), service, AF_UNSPEC, SOCK_DGRAM, 0, AI_NUMERICHOST);
  if (found.length > 1) throw new OSError('sockaddr resolved to multiple addresses');
  const [domain, , , , address] = found[0]!;
  if (domain === AF_INET && tuple.length !== 2) throw new OSError('IPv4 sockaddr must be 2 tuple');
  if (domain === AF_INET6) {
    address.writeUInt32BE(flow, OFFSETOF_SIN6_FLOWINFO);
    new DataView(address.buffer, address.byteOffset).setUint32(OFFSETOF_SIN6_SCOPE_ID, scope, true);
  }
  const names = native.getnameinfo(address, bits, errnoOut);
  if (typeof names === 'number') throw lookUpError(names, errnoOut[0] ?? 0, 'getnameinfo');
  return names;
}

const errnoOut = new Int32Array(1);

/**
 * Returns the first IPv4 address of a host: '127.0.0.1'. Looking up a name blocks the thread.
 * @param host A name or a literal address; '' returns '0.0.0.0'.
 * @throws {gaierror} When the host has no IPv4 address.
 * @see CPython, Modules/socketmodule.c, `socket_gethostbyname`
 */
export function gethostbyname(host: string | Uint8Array): string {
  return ipText(AF_INET, resolve(toNameArgument(host, 'gethostbyname'), AF_INET).bytes);
}

/**
 * Finds all IPv4 addresses of a host. Blocks the thread.
 * @param host A name or a literal address.
 * @throws {gaierror} When the host has no IPv4 address.
 * @throws {herror} When gethostbyname(3) fails although an address was found.
 * @see gethostbyname(3)
 */
export function gethostbynameEx(host: string | Uint8Array): HostInfo {
  const name = toNameArgument(host, 'gethostbyname_ex');
  resolve(name, AF_INET);
  return toHostInfo(native.gethostbyname(name));
}

/**
 * Finds the names of the host that has an address. Blocks the thread.
 * @param ipAddress A literal address, IPv4 or IPv6, or a name.
 * @throws {gaierror} When a name has no address.
 * @throws {herror} When the address has no name: `errno` is 1.
 * @see gethostbyaddr(3)
 */
export function gethostbyaddr(ipAddress: string | Uint8Array): HostInfo {
  const address: IpAddress = resolve(toNameArgument(ipAddress, 'gethostbyaddr'), AF_UNSPEC);
  return toHostInfo(native.gethostbyaddr(address.bytes, address.family));
}

function toHostInfo(entry: number | HostEntry): HostInfo {
  if (typeof entry === 'number') throw new herror(-entry);
  const [name, aliases, addresses] = entry;
  return [name, aliases, addresses.map((bytes) => ipText(bytes.length === 4 ? AF_INET : AF_INET6, bytes))];
}

function toNameArgument(value: unknown, method: string): string {
  const text = decoded(value);
  const what = `${method}() argument 1 must be`;
  if (typeof text !== 'string') throw new TypeError(`${what} str, bytes or bytearray, not ${argumentType(value)}`);
  refuseSurrogates(text);
  if (text.includes('\0')) throw new TypeError(`${what} encoded string without null bytes, not str`);
  return toAscii(text);
}

/**
 * Returns this host's name.
 * @see gethostname(2)
 */
export function gethostname(): string {
  return hostname();
}

/**
 * Returns the full name of a host: the first of its names that contains a dot, or its first name. If the host is
 * unknown, returns `name`. Blocks the thread.
 * @param name A name or a literal address; '', '0.0.0.0' and '::' mean this host.
 * @see CPython, Lib/socket.py, `getfqdn`
 */
export function getfqdn(name = ''): string {
  const asked = name.trim();
  const host = asked === '' || asked === '0.0.0.0' || asked === '::' ? gethostname() : asked;
  try {
    const [canonical, aliases] = gethostbyaddr(host);
    return [canonical, ...aliases].find((alias) => alias.includes('.')) ?? canonical;
  } catch (error) {
    if (error instanceof OSError) return host;
    throw error;
  }
}
