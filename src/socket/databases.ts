import { INT_MAX } from '../system/integer.ts';
import { ENXIO } from '../system/errno.ts';
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
import { OSError, osError } from '../system/errors.ts';
import { toInteger } from '../system/integer.ts';
import { native } from '../system/native.ts';
import { toFileSystemName, toInt, toText } from './arguments.ts';

const ULONG_LIMIT = 2 ** 64;

// What is known where there is no /etc/protocols, as in most containers.
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
 * A service's port.
 * @param servicename Its name: 'http'.
 * @param protocolname 'tcp' or 'udp'; nothing is whichever comes first.
 * @returns The port.
 * @throws {OSError} 'service/proto not found', without an errno.
 * @throws {TypeError} Where an argument is no string.
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
 * A port's service.
 * @param port 0 to 65535.
 * @param protocolname 'tcp' or 'udp'; nothing is whichever comes first.
 * @returns The service's name.
 * @throws {OSError} 'port/proto not found', without an errno.
 * @throws {TypeError} Where an argument is of another kind.
 * @throws {RangeError} For a port beyond 0 to 65535.
 * @see services(5)
 */
export function getservbyport(port: number, protocolname?: string): string {
  const number = toInt(port);
  const protocol = protocolname === undefined ? null : toText(protocolname, 'getservbyport', 2);
  if (number < 0 || number > 0xffff) throw new RangeError('getservbyport: port must be 0-65535.');
  const name = native.getservbyport(number, protocol);
  if (name === null) throw new OSError('port/proto not found');
  return name;
}

/**
 * A protocol's number, from /etc/protocols; the common ones are known without it.
 * @param protocolname Its name or another of its names: 'tcp', 'TCP'.
 * @returns The number, as `socket` takes it.
 * @throws {OSError} 'protocol not found', without an errno.
 * @throws {TypeError} Where it is no string.
 * @see protocols(5)
 */
export function getprotobyname(protocolname: string): number {
  const name = toText(protocolname, 'getprotobyname', 1);
  const number = fromFile(name) ?? PROTOCOLS.get(name);
  if (number === undefined) throw new OSError('protocol not found');
  return number;
}

// A line is: name, number, other names; '#' begins a comment.
function fromFile(name: string): number | undefined {
  let text: string;
  try {
    text = readFileSync('/etc/protocols', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [first, number, ...others] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (first === name || others.includes(name)) return Number(number);
  }
  return undefined;
}

/**
 * The network interfaces.
 * @returns [index, name] of each.
 * @throws {OSError} Where the kernel does not tell them.
 * @see if_nameindex(3)
 */
export function ifNameindex(): [index: number, name: string][] {
  const found = native.ifNameindex();
  if (typeof found === 'number') throw osError(found, 'if_nameindex');
  return found;
}

/**
 * An interface's index: the scopeid of an AF_INET6 address.
 * @param ifName Its name: 'lo'.
 * @returns The index, 1 or more.
 * @throws {OSError} 'no interface with this name', without an errno.
 * @throws {TypeError} Where it is neither string nor bytes.
 * @see if_nametoindex(3)
 */
export function ifNametoindex(ifName: string | Uint8Array): number {
  const index = native.ifNametoindex(toFileSystemName(ifName));
  if (index <= 0) throw new OSError('no interface with this name');
  return index;
}

/**
 * An interface's name.
 * @param ifIndex Its index, 1 or more.
 * @returns The name.
 * @throws {OSError} ENXIO where there is none.
 * @throws {TypeError} Where it is no integer.
 * @throws {RangeError} Where it is negative.
 * @see if_indextoname(3)
 */
export function ifIndextoname(ifIndex: number): string {
  const index = toIndex(ifIndex);
  const name = index > INT_MAX ? ENXIO : native.ifIndextoname(index);
  if (typeof name === 'number') throw osError(name, 'if_indextoname');
  return name;
}

function toIndex(value: unknown): number {
  if (!Number.isInteger(value) && typeof value !== 'bigint' && typeof value !== 'boolean') {
    throw new TypeError('an integer is required');
  }
  const index = toInteger(value);
  if (index < 0) throw new RangeError("can't convert negative value to unsigned int");
  // `value`, not `index`: 2n ** 64n - 1n is in range, but as a number it is rounded to 2 ** 64.
  if ((value as number | bigint) >= ULONG_LIMIT)
    throw new RangeError('Python int too large to convert to C unsigned long');
  return index;
}

/**
 * Sets this host's name, which takes CAP_SYS_ADMIN.
 * @param name At most 64 bytes.
 * @throws {PermissionError} EPERM.
 * @throws {OSError} EINVAL where it is too long.
 * @throws {TypeError} Where it is neither string nor bytes.
 * @see sethostname(2)
 */
export function sethostname(name: string | Uint8Array): void {
  const result = native.sethostname(toFileSystemName(name));
  if (result < 0) throw osError(result, 'sethostname');
}
