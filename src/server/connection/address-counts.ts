import type { Connection } from './connection.ts';

/** Counts the clients of each address. All clients of a Unix socket count as one address. */
export class AddressCounts {
  readonly #hostOf = new Map<Connection, string>();
  readonly #counts = new Map<string, number>();

  /** Counts a connection whose address is known. Returns the number of clients of that address now. */
  add(connection: Connection): number {
    const { address } = connection;
    const host = Array.isArray(address) ? String(address[0]) : '';
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
