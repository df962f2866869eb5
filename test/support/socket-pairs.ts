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

/** Connects two blocking sockets over TCP. */
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

/** For an address of which a test knows that its family is AF_INET. */
export function inet(address: unknown): Inet4Address {
  return address as Inet4Address;
}

/**
 * Returns the address of a local TCP port that nobody listens on: it was bound and closed a moment ago. The kernel may give the port
 * to another test file at once, but not on this address.
 */
export function unusedAddress(): Inet4Address {
  using probe = socket();
  probe.bind(['127.9.9.9', 0]);
  return inet(probe.getsockname());
}

/** Binds a socket to an address, and returns the socket's own address. */
export function bound(family: number, address: unknown, type = SOCK_STREAM): unknown {
  using s = socket(family, type);
  s.bind(address as never);
  return s.getsockname();
}

/** Makes a folder that is removed after the file's tests, and returns its path. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}
