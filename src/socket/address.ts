import {
  OFFSETOF_SUN_PATH,
  SIZEOF_SOCKADDR_IN,
  SIZEOF_SOCKADDR_IN6,
  SIZEOF_SOCKADDR_STORAGE,
  SIZEOF_SUN_PATH,
} from '../system/constants/layout.ts';
import { AF_INET, AF_INET6, AF_UNIX } from '../system/constants/socket.ts';
import { OSError } from '../system/errors.ts';
import { typeName } from '../system/type-name.ts';
import { toInteger, toUint32 } from '../system/integer.ts';
import { toBytes } from './arguments.ts';
import { ipText, resolve, toHostName } from './resolve.ts';
import {
  MAX_FLOWINFO,
  MAX_PORT,
  OFFSETOF_PORT,
  OFFSETOF_SIN6_ADDR,
  OFFSETOF_SIN6_FLOWINFO,
  OFFSETOF_SIN6_SCOPE_ID,
  OFFSETOF_SIN_ADDR,
} from './sockaddr-layout.ts';

/** An AF_INET address: a host and a port from 0 to 65535. */
export type Inet4Address = [host: string, port: number];
/** An AF_INET6 address; results have all four elements. flowinfo is from 0 to 1048575, scopeid an interface's index. */
export type Inet6Address = [host: string, port: number, flowinfo: number, scopeid: number];
/**
 * An AF_UNIX address: a path, '' if it has none. A name that starts with a null byte (abstract) or is not UTF-8 is a
 * Buffer.
 */
export type UnixAddress = string | Buffer;
/** An address of any other family: the family's number and the bytes of the address. */
export type OtherAddress = [family: number, data: Buffer];
/** An address as methods return it. */
export type Address = Inet4Address | Inet6Address | UnixAddress | OtherAddress;
/** An address as methods accept it; flowinfo and scopeid are 0 if they are omitted. */
export type AddressInput =
  | readonly [host: string | Uint8Array, port: number]
  | readonly [host: string | Uint8Array, port: number, flowinfo: number]
  | readonly [host: string | Uint8Array, port: number, flowinfo: number, scopeid: number]
  | string
  | Uint8Array;

/** The struct sockaddr that this module's system calls read and write. One call uses it at a time. */
export const sockaddr = new Uint8Array(SIZEOF_SOCKADDR_STORAGE);
/** The length in bytes of the address in `sockaddr`, as the last system call reported it. */
export const sockaddrLength = new Int32Array(1);

const view = new DataView(sockaddr.buffer);
const shorts = new Uint16Array(sockaddr.buffer);
const longs = new Uint32Array(sockaddr.buffer);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Writes an address into `sockaddr` and returns its length in bytes. Looks up a host name, which blocks the thread.
 * `caller` is the method's name in CPython, for error messages.
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
  writeHeader(AF_INET, SIZEOF_SOCKADDR_IN, port);
  sockaddr.set(ip.bytes, OFFSETOF_SIN_ADDR);
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
  if (flowinfo > MAX_FLOWINFO) throw new RangeError(`${caller}(): flowinfo must be 0-${MAX_FLOWINFO}.`);
  writeHeader(AF_INET6, SIZEOF_SOCKADDR_IN6, port);
  view.setUint32(OFFSETOF_SIN6_FLOWINFO, flowinfo);
  sockaddr.set(ip.bytes, OFFSETOF_SIN6_ADDR);
  longs[OFFSETOF_SIN6_SCOPE_ID / 4] = scopeid;
  return SIZEOF_SOCKADDR_IN6;
}

function packUnix(address: unknown): number {
  if (typeof address === 'string' && /\p{Surrogate}/u.test(address)) {
    throw new RangeError('surrogates not allowed in an AF_UNIX path');
  }
  const path = typeof address === 'string' ? Buffer.from(address) : toBytes(address);
  // A path needs room for its final null byte; an abstract name has none.
  const maxBytes = path[0] === 0 ? SIZEOF_SUN_PATH : SIZEOF_SUN_PATH - 1;
  if (path.length > maxBytes) throw new OSError('AF_UNIX path too long');
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
  if (port < 0 || port > MAX_PORT) throw new RangeError(`${caller}(): port must be 0-65535.`);
}

function writeHeader(family: number, size: number, port: number): void {
  sockaddr.fill(0, 0, size);
  shorts[0] = family;
  view.setUint16(OFFSETOF_PORT, port);
}

/** An address, or an IPv4 address as the number host × 2**16 + port, which needs a sixth of the memory. */
export type CompactAddress = Address | number;

const PORTS = 2 ** 16;

/** Does the same as `unpack`, but returns an IPv4 address in its compact form. */
export function unpackCompact(): CompactAddress | null {
  if (shorts[0] !== AF_INET || sockaddrLength[0] === 0) return unpack();
  return view.getUint32(OFFSETOF_SIN_ADDR) * PORTS + view.getUint16(OFFSETOF_PORT);
}

/** Returns the host of a compact IPv4 address, as a number of 32 bits. */
export function hostNumber(address: number): number {
  return Math.floor(address / PORTS);
}

export function toAddress(address: CompactAddress): Address {
  if (typeof address !== 'number') return address;
  const host = hostNumber(address);
  return [`${host >>> 24}.${(host >>> 16) & 255}.${(host >>> 8) & 255}.${host & 255}`, address % PORTS];
}

/**
 * Reads the address that a system call wrote into `sockaddr`. Returns `null` if the call wrote none, as recvfrom does
 * on a connected stream.
 * @see CPython, Modules/socketmodule.c, `makesockaddr`
 */
export function unpack(): Address | null {
  const length = Math.min(sockaddrLength[0] ?? 0, sockaddr.length);
  if (length === 0) return null;
  const family = shorts[0];
  if (family === AF_INET) {
    return [`${sockaddr[4]!}.${sockaddr[5]!}.${sockaddr[6]!}.${sockaddr[7]!}`, view.getUint16(OFFSETOF_PORT)];
  }
  if (family === AF_INET6) {
    const host = ipText(AF_INET6, sockaddr.subarray(OFFSETOF_SIN6_ADDR, OFFSETOF_SIN6_ADDR + 16));
    return [
      host,
      view.getUint16(OFFSETOF_PORT),
      view.getUint32(OFFSETOF_SIN6_FLOWINFO),
      longs[OFFSETOF_SIN6_SCOPE_ID / 4] ?? 0,
    ];
  }
  if (family === AF_UNIX) return unpackUnix(sockaddr.subarray(OFFSETOF_SUN_PATH, length));
  return [family ?? 0, Buffer.from(sockaddr.subarray(2, length))];
}

/** Reads the address in a struct sockaddr that a native call returned. */
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
