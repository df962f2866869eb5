import type { Address } from '../../socket/address.ts';
import type { Connection } from './client-connection.ts';
import type { DisconnectReason } from './disconnect-reason.ts';

/** The connections of a server, how many come from one address, and why others have ended. */
export class Clients {
  readonly all = new Set<Connection>();
  readonly disconnects: Partial<Record<DisconnectReason, number>> = {};
  // Those that were counted, with the host that they are counted under.
  readonly #hosts = new Map<Connection, string>();
  readonly #counts = new Map<string, number>();

  /**
   * Counts a connection, once its address is known.
   * @param connection The connection.
   * @returns How many there are from the same host now; all clients of a Unix socket are of one.
   */
  count(connection: Connection): number {
    const host = hostOf(connection.address);
    const count = (this.#counts.get(host) ?? 0) + 1;
    this.#hosts.set(connection, host);
    this.#counts.set(host, count);
    return count;
  }

  /**
   * A connection has ended.
   * @param connection The connection.
   * @param reason Why.
   */
  remove(connection: Connection, reason: DisconnectReason): void {
    this.all.delete(connection);
    this.disconnects[reason] = (this.disconnects[reason] ?? 0) + 1;
    const host = this.#hosts.get(connection);
    if (host === undefined) return;
    this.#hosts.delete(connection);
    const count = this.#counts.get(host)! - 1;
    if (count === 0) this.#counts.delete(host);
    else this.#counts.set(host, count);
  }

  /** Closes those whose time is up. */
  closeOverdue(): void {
    for (const connection of this.all) {
      const reason = connection.overdue();
      if (reason !== undefined) connection.close(reason);
    }
  }

  /** Closes those where nothing is under way. */
  closeQuiet(): void {
    for (const connection of this.all) if (connection.quiet) connection.close();
  }

  /**
   * Closes all.
   * @param reason Why.
   */
  close(reason: DisconnectReason): void {
    for (const connection of this.all) connection.close(reason);
  }
}

function hostOf(address: Address): string {
  return Array.isArray(address) ? String(address[0]) : '';
}
