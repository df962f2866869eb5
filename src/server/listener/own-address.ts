import { AF_INET, AF_INET6, SOCK_DGRAM } from '../../system/constants/socket.ts';
import type { Address, Inet6Address } from '../../socket/address.ts';
import { Socket } from '../../socket/socket.ts';
import type { Clock } from '../loop/clock.ts';
import { RecentMap } from '../recent-map.ts';

const IPV4_MAPPED = '::ffff:';
const MAX_CACHED = 1000;

/**
 * Recognizes datagrams that seem to come from the server's own socket. Their sender is forged: an answer would arrive at the
 * server again, and the server would talk to itself for ever.
 */
export class OwnAddress {
  readonly #own: Address;
  // The answers of the kernel, for a second: addresses come and go, and asking costs some system calls.
  readonly #cache: RecentMap<boolean>;

  constructor(socket: Socket, clock: Clock) {
    this.#own = socket.getsockname();
    this.#cache = new RecentMap(clock, MAX_CACHED);
  }

  includes(address: Address): boolean {
    // The kernel reports the path that the sender has bound. A path of a client that leads to our socket, as a link, is not
    // found here: only our answer to it is. Nothing looks at the path itself, because its file system may not answer.
    if (typeof address === 'string') return address !== '' && address === this.#own;
    if (Buffer.isBuffer(address)) return Buffer.isBuffer(this.#own) && this.#own.equals(address);
    // Nearly every datagram ends here.
    if (address[1] !== this.#own[1]) return false;
    const [, port, flowinfo, scopeId] = address as Inet6Address;
    const host = withoutMapping(address[0] as string);
    const ownHost = withoutMapping(this.#own[0] as string);
    if (ownHost !== '0.0.0.0' && ownHost !== '::') return host === ownHost;
    return this.#cached(`${host}%${scopeId}`, () =>
      host.includes(':') ? isLocal(AF_INET6, [host, port, flowinfo, scopeId]) : isLocal(AF_INET, [host, port]),
    );
  }

  #cached(key: string, find: () => boolean): boolean {
    const cache = this.#cache.entries();
    let found = cache.get(key);
    if (found === undefined) cache.set(key, (found = find()));
    return found;
  }
}

function withoutMapping(host: string): string {
  return host.startsWith(IPV4_MAPPED) && host.includes('.') ? host.slice(IPV4_MAPPED.length) : host;
}

/**
 * Whether an address is one of this machine. The kernel reaches such an address from the same address; connect(2) of a datagram
 * socket sends nothing.
 */
function isLocal(family: number, address: [host: string, port: number] | Inet6Address): boolean {
  // All of 127.0.0.0/8 is local, but is reached from 127.0.0.1.
  if (address[0].startsWith('127.')) return true;
  try {
    using probe = new Socket(family, SOCK_DGRAM);
    return probe.connectEx(address) === 0 && probe.getsockname()[0] === address[0];
  } catch {
    // There is no fd for the probe. The server rather loses a datagram than talks to itself.
    return true;
  }
}
