import { isIPv4 } from 'node:net';

import { type CompactAddress, hostNumber } from '../../socket/address.ts';

const IPV4_MAPPED = '::ffff:';

/** An IP address without its port: a number for IPv4, which needs no memory of its own, and a text for IPv6. */
export type HostKey = number | string;

/** A connection that can be counted. The key is stored in it, because a server may have very many idle clients. */
export interface CountedConnection {
  readonly compactAddress: CompactAddress;
  /** Only AddressCounts changes it. */
  countedHost: HostKey | undefined;
}

/** Counts the clients of each IP address. Clients of a Unix socket have no address, and are not counted. */
export class AddressCounts {
  readonly #counts = new Map<HostKey, number>();

  /** Counts a connection whose address is known. Returns the number of clients of that address now; 0 if it has none. */
  add(connection: CountedConnection): number {
    const host = hostKey(connection.compactAddress);
    if (host === undefined) return 0;
    const count = (this.#counts.get(host) ?? 0) + 1;
    connection.countedHost = host;
    this.#counts.set(host, count);
    return count;
  }

  /** Removes a connection, also one that was never added. */
  remove(connection: CountedConnection): void {
    const host = connection.countedHost;
    if (host === undefined) return;
    connection.countedHost = undefined;
    const count = this.#counts.get(host)! - 1;
    if (count === 0) this.#counts.delete(host);
    else this.#counts.set(host, count);
  }
}

/** Returns the IP address that a key stands for, as a text. */
export function hostText(key: HostKey): string {
  if (typeof key === 'string') return key;
  return [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255].join('.');
}

/**
 * Returns the same key for every form of an address; the texts of connections are canonical already. `undefined` for an address that
 * is no IP address.
 */
export function hostKey(address: CompactAddress): HostKey | undefined {
  // As a signed integer of 32 bits, which V8 stores without memory of its own.
  if (typeof address === 'number') return hostNumber(address) | 0;
  if (!Array.isArray(address) || typeof address[0] !== 'string') return undefined;
  const [host, , , scopeId = 0] = address as [string, number, number?, number?];
  // A listener for IPv6 sees an IPv4 client as ::ffff:192.0.2.1.
  const ipv4 = host.startsWith(IPV4_MAPPED) ? host.slice(IPV4_MAPPED.length) : host;
  if (isIPv4(ipv4)) return ipv4.split('.').reduce((number, byte) => (number << 8) | Number(byte), 0);
  // The same link-local address exists on each interface.
  return scopeId === 0 ? host : `${host}%${scopeId}`;
}
