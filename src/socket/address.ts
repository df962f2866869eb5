import {
  OFFSETOF_SUN_PATH,
  SIZEOF_SOCKADDR_IN,
  SIZEOF_SOCKADDR_IN6,
  SIZEOF_SOCKADDR_STORAGE,
  SIZEOF_SUN_PATH,
} from '../system/constants/layout.ts';
import { AF_INET, AF_INET6, AF_UNIX } from '../system/constants/socket.ts';
import { OSError, typeName } from '../system/errors.ts';
import { toInteger, toUint32 } from '../system/integer.ts';
import { toBytes } from './arguments.ts';
import { ipText, resolve, toHostName } from './resolve.ts';

/** AF_INET: a host and a port from 0 to 65535. */
export type Inet4Address = [host: string, port: number];
/** AF_INET6: all four come out; flowinfo is from 0 to 1048575, scopeid an interface's index. */
export type Inet6Address = [host: string, port: number, flowinfo: number, scopeid: number];
/** AF_UNIX: a path, '' where there is none; abstract names (with a leading null byte) and paths not in UTF-8 as bytes. */
export type UnixAddress = string | Buffer;
/** Any other family: its number and the bytes of its address. */
export type OtherAddress = [family: number, data: Buffer];
/** An address as the calls return it. */
export type Address = Inet4Address | Inet6Address | UnixAddress | OtherAddress;
/** An address as the calls take it; flowinfo and scopeid are 0 where they are left out. */
export type AddressInput =
  | readonly [host: string | Uint8Array, port: number]
  | readonly [host: string | Uint8Array, port: number, flowinfo: number]
  | readonly [host: string | Uint8Array, port: number, flowinfo: number, scopeid: number]
  | string
  | Uint8Array;

/** The struct sockaddr that the system calls of this module read and write, one at a time. */
export const sockaddr = new Uint8Array(SIZEOF_SOCKADDR_STORAGE);
/** The length that a call gave to the address in `sockaddr`, in bytes. */
export const sockaddrLength = new Int32Array(1);

// struct sockaddr_in: family, port, 4 bytes; sockaddr_in6: family, port, flowinfo, 16 bytes, scope id. Family and
// scope id are in the machine's byte order, the rest in the network's.
const view = new DataView(sockaddr.buffer);
const shorts = new Uint16Array(sockaddr.buffer);
const longs = new Uint32Array(sockaddr.buffer);
const PORT = 2;
const SIN_ADDR = 4;
const SIN6_FLOWINFO = 4;
const SIN6_ADDR = 8;
const SIN6_SCOPE_ID = 24;
const MOST_FLOWINFO = 0xfffff;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Writes an address into `sockaddr`. A host that is no literal is looked up, which blocks the thread.
 * @param family The socket's family.
 * @param address As the caller gave it.
 * @param caller The method's name in CPython, for messages.
 * @returns The length of the struct, in bytes.
 * @throws {TypeError} For an address of the wrong shape.
 * @throws {RangeError} For a port or flowinfo out of range.
 * @throws {gaierror} Where the host has no address of the family.
 * @throws {OSError} 'AF_UNIX path too long', or '…(): bad family' for a family that has no packing here.
 * @see CPython, Modules/socketmodule.c, `getsockaddrarg`
 */
export function pack(family: number, address: unknown, caller: string): number {
  switch (family) {
    case AF_INET:
      return packInet4(address, caller);
    case AF_INET6:
      return packInet6(address, caller);
    case AF_UNIX:
      return packUnix(address);
    default:
      throw new OSError(`${caller}(): bad family`);
  }
}

function packInet4(address: unknown, caller: string): number {
  const tuple = toTuple(address, 'AF_INET', caller);
  if (tuple.length !== 2) throw new TypeError('AF_INET address must be a pair (host, port)');
  const host = toHostName(tuple[0]);
  const port = toInteger(tuple[1]);
  const ip = resolve(host, AF_INET);
  checkPort(port, caller);
  start(AF_INET, SIZEOF_SOCKADDR_IN, port);
  sockaddr.set(ip.bytes, SIN_ADDR);
  return SIZEOF_SOCKADDR_IN;
}

function packInet6(address: unknown, caller: string): number {
  const tuple = toTuple(address, 'AF_INET6', caller);
  if (tuple.length < 2 || tuple.length > 4) {
    throw new TypeError('AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])');
  }
  const host = toHostName(tuple[0]);
  const port = toInteger(tuple[1]);
  const flowinfo = toUint32(tuple.length > 2 ? tuple[2] : 0);
  const scopeid = toUint32(tuple.length > 3 ? tuple[3] : 0);
  const ip = resolve(host, AF_INET6);
  checkPort(port, caller);
  if (flowinfo > MOST_FLOWINFO) throw new RangeError(`${caller}(): flowinfo must be 0-${MOST_FLOWINFO}.`);
  start(AF_INET6, SIZEOF_SOCKADDR_IN6, port);
  view.setUint32(SIN6_FLOWINFO, flowinfo);
  sockaddr.set(ip.bytes, SIN6_ADDR);
  longs[SIN6_SCOPE_ID / 4] = scopeid;
  return SIZEOF_SOCKADDR_IN6;
}

function packUnix(address: unknown): number {
  if (typeof address === 'string' && /\p{Surrogate}/u.test(address)) {
    throw new RangeError('surrogates not allowed in an AF_UNIX path');
  }
  const path = typeof address === 'string' ? Buffer.from(address) : toBytes(address);
  // A path needs room for its final null byte; an abstract name has none.
  const most = path[0] === 0 ? SIZEOF_SUN_PATH : SIZEOF_SUN_PATH - 1;
  if (path.length > most) throw new OSError('AF_UNIX path too long');
  sockaddr.fill(0);
  shorts[0] = AF_UNIX;
  sockaddr.set(path, OFFSETOF_SUN_PATH);
  return OFFSETOF_SUN_PATH + path.length;
}

function toTuple(address: unknown, family: string, caller: string): readonly unknown[] {
  if (Array.isArray(address)) return address;
  throw new TypeError(`${caller}(): ${family} address must be tuple, not ${typeName(address)}`);
}

function checkPort(port: number, caller: string): void {
  if (port < 0 || port > 0xffff) throw new RangeError(`${caller}(): port must be 0-65535.`);
}

function start(family: number, size: number, port: number): void {
  sockaddr.fill(0, 0, size);
  shorts[0] = family;
  view.setUint16(PORT, port);
}

/** An address; or an IPv4 one as a number, host × 2**16 + port, for who keeps very many: a sixth of the memory. */
export type CompactAddress = Address | number;

const PORTS = 2 ** 16;

/**
 * Reads the address that a system call left, as `unpack`.
 * @returns The address, compact; `null` where the call gave none.
 */
export function unpackCompact(): CompactAddress | null {
  if (shorts[0] !== AF_INET || sockaddrLength[0] === 0) return unpack();
  return view.getUint32(SIN_ADDR) * PORTS + view.getUint16(PORT);
}

/**
 * Makes an address of a compact one.
 * @param address What `unpackCompact` gave.
 * @returns The address.
 */
export function toAddress(address: CompactAddress): Address {
  if (typeof address !== 'number') return address;
  const host = Math.floor(address / PORTS);
  return [`${host >>> 24}.${(host >>> 16) & 255}.${(host >>> 8) & 255}.${host & 255}`, address % PORTS];
}

/**
 * Reads the address that a system call left in `sockaddr` and `sockaddrLength`.
 * @returns The address; `null` where the call gave none, as recvfrom does on a connected stream.
 * @see CPython, Modules/socketmodule.c, `makesockaddr`
 */
export function unpack(): Address | null {
  const length = Math.min(sockaddrLength[0] ?? 0, sockaddr.length);
  if (length === 0) return null;
  const family = shorts[0];
  if (family === AF_INET) {
    return [`${sockaddr[4]!}.${sockaddr[5]!}.${sockaddr[6]!}.${sockaddr[7]!}`, view.getUint16(PORT)];
  }
  if (family === AF_INET6) {
    const host = ipText(AF_INET6, sockaddr.subarray(SIN6_ADDR, SIN6_ADDR + 16));
    return [host, view.getUint16(PORT), view.getUint32(SIN6_FLOWINFO), longs[SIN6_SCOPE_ID / 4] ?? 0];
  }
  if (family === AF_UNIX) return unpackUnix(sockaddr.subarray(OFFSETOF_SUN_PATH, length));
  return [family ?? 0, Buffer.from(sockaddr.subarray(2, length))];
}

/**
 * Reads an address of a call that gives it as bytes of its own.
 * @param bytes A struct sockaddr.
 * @returns The address.
 */
export function unpackBytes(bytes: Uint8Array): Address | null {
  sockaddr.set(bytes.subarray(0, sockaddr.length));
  sockaddrLength[0] = bytes.length;
  return unpack();
}

function unpackUnix(name: Uint8Array): UnixAddress {
  if (name.length > 0 && name[0] === 0) return Buffer.from(name);
  const end = name.indexOf(0);
  const path = end === -1 ? name : name.subarray(0, end);
  try {
    return utf8.decode(path);
  } catch {
    return Buffer.from(path);
  }
}
