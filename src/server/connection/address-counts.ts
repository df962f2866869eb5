import type { Address } from '../../socket/address.ts';
import type { Connection } from './connection.ts';

const IPV4_MAPPED = '::ffff:';

/** Counts the clients of each IP address. Clients of a Unix socket have no address, and are not counted. */
export class AddressCounts {
  readonly #hostOf = new Map<Connection, string>();
  readonly #counts = new Map<string, number>();

  /** Counts a connection whose address is known. Returns the number of clients of that address now; 0 if it has none. */
  add(connection: Connection): number {
    const host = hostOf(connection.address);
    if (host === undefined) return 0;
    const count = (this.#counts.get(host) ?? 0) + 1;
    this.#hostOf.set(connection, host);
    this.#counts.set(host, count);
    return count;
  }

  /** Removes a connection, also one that was never added. */
  remove(connection: Connection): void {
    const host = this.#hostOf.get(connection);
    if (host === undefined) return;
    this.#hostOf.delete(connection);
    const count = this.#counts.get(host)! - 1;
    if (count === 0) this.#counts.delete(host);
    else this.#counts.set(host, count);
  }
}

/** Returns the same text for every form of an address; the addresses of connections are canonical already. */
function hostOf(address: Address): string | undefined {
  if (!Array.isArray(address) || typeof address[0] !== 'string') return undefined;
  const [host, , , scopeId = 0] = address as [string, number, number?, number?];
  // A listener for IPv6 sees an IPv4 client as ::ffff:192.0.2.1.
  if (host.startsWith(IPV4_MAPPED) && host.includes('.')) return host.slice(IPV4_MAPPED.length);
  // The same link-local address exists on each interface.
  return scopeId === 0 ? host : `${host}%${scopeId}`;
}
