import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { createServer, type Inet4Address, SOCK_STREAM, type Socket, socket } from '../../src/socket.ts';

/** Both ends of a TCP connection on 127.0.0.1, closed by `using`. */
export interface TcpPair extends Disposable {
  client: Socket;
  server: Socket;
}

/**
 * Connects two sockets over TCP.
 * @returns Both ends, which block.
 */
export function tcpPair(): TcpPair {
  using listener = createServer(['127.0.0.1', 0]);
  const client = socket();
  client.connect(inet(listener.getsockname()));
  const [server] = listener.accept();
  return {
    client,
    server,
    [Symbol.dispose]: () => {
      client.close();
      server.close();
    },
  };
}

/**
 * An address that a test knows to be of AF_INET.
 * @param address As `getsockname` gave it.
 * @returns The same.
 */
export function inet(address: unknown): Inet4Address {
  return address as Inet4Address;
}

/**
 * A local TCP port at which nobody listens.
 * @returns Its address; bound and closed a moment ago.
 */
export function unusedAddress(): Inet4Address {
  using probe = socket();
  probe.bind(['127.0.0.1', 0]);
  return inet(probe.getsockname());
}

/**
 * What an address becomes when a socket is bound to it.
 * @param family AF_*.
 * @param address Any value.
 * @param type SOCK_*.
 * @returns The socket's own address.
 */
export function bound(family: number, address: unknown, type = SOCK_STREAM): unknown {
  using s = socket(family, type);
  s.bind(address as never);
  return s.getsockname();
}

/**
 * A folder that is removed when the file's tests are done.
 * @returns Its path.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}
