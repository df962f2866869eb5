import type { CompactAddress } from '../socket/address.ts';
import { type HostKey, hostKey, hostText } from './connection/address-counts.ts';
import type { Connection } from './connection/connection.ts';

/** What an IP address has sent, all its clients together. */
export interface PeerStats {
  /** The address without a port; 'other' for the addresses that have no statistics of their own, and for Unix sockets. */
  readonly host: string;
  /** Its clients that are connected now and have sent a message. */
  readonly clients: number;
  /** The messages that it has sent. */
  readonly messages: number;
  /** The bytes that the server has received from it. */
  readonly bytes: number;
  /** The time of its last message, in ms on the clock of `performance.now()`; 0 before the first. */
  readonly lastMessageMs: number;
  /** The bytes that its clients have sent and that no message has become so far. */
  readonly unfinishedBytes: number;
  /** Whether it has been silent for longer than `expectEverySeconds`. */
  readonly isSilent: boolean;
}

/** The beginning or the end of a silence. */
export interface Silence {
  /** The IP address that is silent, with all its clients; the address of `connection`, if there is one; '' for a Unix socket. */
  readonly host: string;
  /** The client that is silent, when other clients of its address are not, or when it has never sent a message. */
  readonly connection: Connection | undefined;
  /** The time since the last message, or since the client has connected, in seconds. */
  readonly silentSeconds: number;
  /** Whether the silence is over, because a message has come. */
  readonly isOver: boolean;
}

/** A client, as the statistics see it. The places of its state are in the client, because there may be very many. */
export interface PeerClient extends Connection {
  readonly compactAddress: CompactAddress;
  /** The statistics of its address; `undefined` before its first message. Only Peers changes it. */
  knownAddress: KnownAddress | undefined;
  /** Since when the server has been reading from it, on the injected clock. Only Peers changes it. */
  readSinceMs: number;
  /** Whether its silence was reported. Only Peers changes it. */
  isSilent: boolean;
  /** The time of its last message when this was reported. Only Peers changes it. */
  silentAfterMs: number;
}

/** The statistics of one address. */
export class KnownAddress {
  readonly host: string;
  clients = 0;
  /** The messages and bytes of clients that are gone. */
  messages = 0;
  bytes = 0;
  lastMessageMs = 0;
  /** The time of the last message, or the end of a time in which the server did not read from one of the clients. */
  heardMs = 0;
  isSilent = false;
  /** The time of the last message when a silence was reported. */
  silentAfterMs = 0;

  constructor(host: string) {
    this.host = host;
  }
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

// So many addresses are forgotten together, because finding the oldest ones takes as long for many as for one.
const FORGOTTEN_TOGETHER = 1 / 8;

/**
 * The addresses that have sent a message, and which of them are silent. Nothing here is done for each message of a stream: a sweep
 * once a second reads what the clients have counted.
 */
export class Peers {
  readonly #maxPeers: number;
  readonly #expectEveryMs: number;
  readonly #report: (silence: Silence) => void;
  readonly #known = new Map<HostKey, KnownAddress>();
  readonly #others = new KnownAddress('other');
  // The number of known addresses without a client, which can be forgotten.
  #withoutClients = 0;
  /** How many addresses and clients are silent now. */
  silentCount = 0;

  /** `expectEverySeconds` is Infinity when nobody wants to know about silence. */
  constructor(maxPeers: number, expectEverySeconds: number, report: (silence: Silence) => void) {
    this.#maxPeers = maxPeers;
    this.#expectEveryMs = expectEverySeconds * 1e3;
    this.#report = report;
  }

  /** Reports the silences that have begun or ended. Called about once a second. */
  sweep(clients: Iterable<PeerClient>, nowMs: number): void {
    if (this.#expectEveryMs === Infinity) return;
    for (const client of clients) {
      if (client.paused) client.readSinceMs = nowMs;
      this.#update(client);
    }
    for (const address of this.#known.values()) this.#checkAddress(address, nowMs);
    for (const client of clients) this.#checkClient(client, nowMs);
  }

  /** Adds what a client has sent to the statistics of its address, because the client is gone. */
  ended(client: PeerClient): void {
    const address = this.#update(client);
    const target = address ?? this.#others;
    target.messages += client.messages;
    target.bytes += client.bytes;
    target.lastMessageMs = Math.max(target.lastMessageMs, client.lastMessageMs);
    if (client.isSilent) this.silentCount--;
    client.isSilent = false;
    client.knownAddress = undefined;
    if (address !== undefined && --address.clients === 0) this.#withoutClients++;
  }

  /** Counts a datagram. `host` is empty when its sender has no IP address. */
  received(host: string, bytes: number, nowMs: number): void {
    const address = (host === '' ? undefined : this.#find(host)) ?? this.#others;
    address.messages++;
    address.bytes += bytes;
    address.lastMessageMs = address.heardMs = nowMs;
  }

  /** Returns the statistics of each address, and at the end those of all others. */
  stats(clients: Iterable<PeerClient>): PeerStats[] {
    // First, because the client of a new address may make the server forget an old one.
    for (const client of clients) this.#update(client);
    const sums = new Map([...this.#known.values(), this.#others].map((address) => [address, statsOf(address)]));
    for (const client of clients) {
      const sum = sums.get(client.knownAddress ?? this.#others)!;
      if (client.messages > 0) sum.clients++;
      sum.messages += client.messages;
      sum.bytes += client.bytes;
      sum.unfinishedBytes += client.unfinishedBytes;
      sum.lastMessageMs = Math.max(sum.lastMessageMs, client.lastMessageMs);
    }
    return [...sums.values()];
  }

  // Returns the statistics of the client's address, and brings them up to date; `undefined` when the address has none.
  #update(client: PeerClient): KnownAddress | undefined {
    if (client.knownAddress === undefined && client.lastMessageMs > 0) {
      const key = hostKey(client.compactAddress);
      const address = key === undefined ? undefined : this.#find(key);
      if (address === undefined) return undefined;
      if (address.clients++ === 0) this.#withoutClients--;
      client.knownAddress = address;
    }
    const { knownAddress, lastMessageMs, readSinceMs } = client;
    if (knownAddress === undefined) return undefined;
    knownAddress.lastMessageMs = Math.max(knownAddress.lastMessageMs, lastMessageMs);
    knownAddress.heardMs = Math.max(knownAddress.heardMs, lastMessageMs, readSinceMs);
    return knownAddress;
  }

  #find(key: HostKey): KnownAddress | undefined {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#maxPeers) this.#forgetOldest();
    if (this.#known.size >= this.#maxPeers) return undefined;
    const address = new KnownAddress(hostText(key));
    this.#known.set(key, address);
    this.#withoutClients++;
    return address;
  }

  #forgetOldest(): void {
    if (this.#withoutClients === 0) return;
    const idle = [...this.#known].filter(([, { clients }]) => clients === 0);
    idle.sort(([, a], [, b]) => a.lastMessageMs - b.lastMessageMs);
    for (const [key, address] of idle.slice(0, Math.ceil(this.#maxPeers * FORGOTTEN_TOGETHER))) {
      this.#known.delete(key);
      this.#withoutClients--;
      if (address.isSilent) this.silentCount--;
      this.#others.messages += address.messages;
      this.#others.bytes += address.bytes;
      this.#others.lastMessageMs = Math.max(this.#others.lastMessageMs, address.lastMessageMs);
    }
  }

  #checkAddress(address: KnownAddress, nowMs: number): void {
    if (address.isSilent ? !hasSpoken(address) : nowMs - address.heardMs <= this.#expectEveryMs) return;
    address.isSilent = !address.isSilent;
    address.silentAfterMs = address.lastMessageMs;
    this.#changed(address.host, undefined, nowMs - address.lastMessageMs, address.isSilent);
  }

  // The silence of a client is reported alone only when its address is not silent as a whole.
  #checkClient(client: PeerClient, nowMs: number): void {
    const sinceMs = Math.max(client.lastMessageMs, client.acceptedMs);
    if (client.isSilent) {
      if (!hasSpoken(client)) return;
    } else {
      if (nowMs - Math.max(sinceMs, client.readSinceMs) <= this.#expectEveryMs) return;
      if (this.#knownAddressOf(client)?.isSilent) return;
    }
    client.isSilent = !client.isSilent;
    client.silentAfterMs = client.lastMessageMs;
    const key = hostKey(client.compactAddress);
    this.#changed(key === undefined ? '' : hostText(key), client, nowMs - sinceMs, client.isSilent);
  }

  // A client that has not sent a message yet may have an address that has.
  #knownAddressOf(client: PeerClient): KnownAddress | undefined {
    if (client.knownAddress !== undefined) return client.knownAddress;
    const key = hostKey(client.compactAddress);
    return key === undefined ? undefined : this.#known.get(key);
  }

  #changed(host: string, connection: Connection | undefined, silentMs: number, isSilent: boolean): void {
    this.silentCount += isSilent ? 1 : -1;
    this.#report({ host, connection, silentSeconds: silentMs / 1e3, isOver: !isSilent });
  }
}

// Only a message ends a silence, also when the next silence has begun since then.
function hasSpoken({ lastMessageMs, silentAfterMs }: Pick<KnownAddress, 'lastMessageMs' | 'silentAfterMs'>): boolean {
  return lastMessageMs !== silentAfterMs;
}

function statsOf({ host, messages, bytes, lastMessageMs, isSilent }: KnownAddress): Mutable<PeerStats> {
  return { host, clients: 0, messages, bytes, lastMessageMs, unfinishedBytes: 0, isSilent };
}
