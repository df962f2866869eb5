import { readFileSync } from 'node:fs';

import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from '../system/constants/socket.ts';
import { ENXIO } from '../system/errno.ts';
import { OSError, osError } from '../system/errors.ts';
import { INT_MAX, isInteger } from '../system/integer.ts';
import { native } from '../system/native.ts';
import { toFileSystemName, toInt, toText } from './arguments.ts';
import { MAX_PORT } from './sockaddr-layout.ts';

const ULONG_LIMIT = 2 ** 64;

// The numbers to use without /etc/protocols, which most containers do not have.
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ip', IPPROTO_IP],
  ['icmp', IPPROTO_ICMP],
  ['tcp', IPPROTO_TCP],
  ['udp', IPPROTO_UDP],
  ['ipv6', IPPROTO_IPV6],
  ['ipv6-icmp', IPPROTO_ICMPV6],
  ['raw', IPPROTO_RAW],
]);

/**
 * Returns the port of a service.
 * @param servicename The service's name: 'http'.
 * @param protocolname 'tcp' or 'udp'; by default the first entry of either.
 * @throws {OSError} 'service/proto not found', without an errno.
 * @see services(5)
 */
export function getservbyname(servicename: string, protocolname?: string): number {
  const name = toText(servicename, 'getservbyname', 1);
  const protocol = protocolname === undefined ? null : toText(protocolname, 'getservbyname', 2);
  const port = native.getservbyname(name, protocol);
  if (port < 0) throw new OSError('service/proto not found');
  return port;
}

/**
 * Returns the name of the service at a port.
 * @param port 0 to 65535.
 * @param protocolname 'tcp' or 'udp'; by default the first entry of either.
 * @throws {OSError} 'port/proto not found', without an errno.
 * @see services(5)
 */
export function getservbyport(port: number, protocolname?: string): string {
  const number = toInt(port);
  const protocol = protocolname === undefined ? null : toText(protocolname, 'getservbyport', 2);
  if (number < 0 || number > MAX_PORT) throw new RangeError('getservbyport: port must be 0-65535.');
  const name = native.getservbyport(number, protocol);
  if (name === null) throw new OSError('port/proto not found');
  return name;
}

/**
 * Returns the number of a protocol from /etc/protocols, or from a short list if the file has no entry.
 * @param protocolname The protocol's name or an alias: 'tcp', 'TCP'.
 * @throws {OSError} 'protocol not found', without an errno.
 * @see protocols(5)
 */
export function getprotobyname(protocolname: string): number {
  const name = toText(protocolname, 'getprotobyname', 1);
  const number = fromFile(name) ?? PROTOCOLS.get(name);
  if (number === undefined) throw new OSError('protocol not found');
  return number;
}

// A line is: name, number, aliases. '#' starts a comment.
function fromFile(name: string): number | undefined {
  let text: string;
  try {
    text = readFileSync('/etc/protocols', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [first, number, ...others] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (number !== undefined && (first === name || others.includes(name))) return Number(number);
  }
  return undefined;
}

/**
 * Lists the network interfaces.
 * @throws {OSError} When the kernel's list cannot be read.
 * @see if_nameindex(3)
 */
export function ifNameindex(): [index: number, name: string][] {
  const found = native.ifNameindex();
  if (typeof found === 'number') throw osError(found, 'if_nameindex');
  return found;
}

/**
 * Returns the index of a network interface, 1 or more: the scopeid of an AF_INET6 address.
 * @param ifName The interface's name: 'lo'.
 * @throws {OSError} 'no interface with this name', without an errno.
 * @see if_nametoindex(3)
 */
export function ifNametoindex(ifName: string | Uint8Array): number {
  const index = native.ifNametoindex(toFileSystemName(ifName));
  if (index <= 0) throw new OSError('no interface with this name');
  return index;
}

/**
 * Returns the name of a network interface.
 * @param ifIndex The interface's index, 1 or more.
 * @throws {OSError} ENXIO when no interface has this index.
 * @throws {RangeError} When `ifIndex` is negative, or 2**64 or more.
 * @see if_indextoname(3)
 */
export function ifIndextoname(ifIndex: number): string {
  const index = toIndex(ifIndex);
  const name = index > INT_MAX ? ENXIO : native.ifIndextoname(index);
  if (typeof name === 'number') throw osError(name, 'if_indextoname');
  return name;
}

function toIndex(value: unknown): number {
  if (!isInteger(value)) throw new TypeError('an integer is required');
  const index = Number(value);
  if (index < 0) throw new RangeError("can't convert negative value to unsigned int");
  // `value` is compared, because `index` is rounded: the largest index, 2n ** 64n - 1n, becomes 2 ** 64.
  if ((value as number | bigint) >= ULONG_LIMIT)
    throw new RangeError('Python int too large to convert to C unsigned long');
  return index;
}

/**
 * Sets this host's name, which requires CAP_SYS_ADMIN.
 * @param name At most 64 bytes.
 * @throws {PermissionError} EPERM without that capability.
 * @throws {OSError} EINVAL when the name is too long.
 * @see sethostname(2)
 */
export function sethostname(name: string | Uint8Array): void {
  const result = native.sethostname(toFileSystemName(name));
  if (result < 0) throw osError(result, 'sethostname');
}
