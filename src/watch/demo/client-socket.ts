import { OSError } from '../../system/errors.ts';
import { selectAsync } from '../../select/select.ts';
import { AF_INET, AF_INET6, AF_UNIX, SO_SNDTIMEO, SOL_SOCKET } from '../../system/constants/socket.ts';
import { Socket } from '../../socket/socket.ts';

// connect(2) waits for minutes where the server's queue is full, and here all else with it.
const MOST_CONNECT_SECONDS = 2;
const READ_BYTES = 65_536;
const MOST_READING_SECONDS = 5;

/** Of a TCP socket. */
export type InetAddress = readonly [host: string, port: number];

/** Where a server is reached: a host and a port, or the path of a Unix socket, or its abstract name, as bytes. */
export type Reach = InetAddress | Uint8Array;

/**
 * Connects a client.
 * @param address Where to.
 * @param prepare Called before.
 * @returns It, not blocking.
 * @throws {OSError} ECONNREFUSED and kin; ETIMEDOUT or EAGAIN where the server's queue is full.
 */
export function connectTo(address: Reach, prepare: (socket: Socket) => void = () => undefined): Socket {
  const socket = new Socket(familyOf(address));
  try {
    prepare(socket);
    limitConnect(socket);
    socket.connect(address);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setblocking(false);
  return socket;
}

/**
 * The address of a client.
 * @param socket A TCP socket.
 * @returns It.
 */
export function addressOf(socket: Socket): InetAddress {
  const [host, port] = socket.getsockname() as [string, number];
  return [host, port];
}

/**
 * Whether the server has not closed it. Takes what the server has sent, too: who closes with something unread sends a reset.
 * @param socket A client.
 * @returns So.
 */
export function isOpen(socket: Socket): boolean {
  try {
    while (socket.recv(READ_BYTES).length > 0);
    return false;
  } catch (error) {
    return error instanceof OSError && error.code === 'EAGAIN';
  }
}

/**
 * Reads to the end of what the server sends, or until it is silent, and closes. Nobody asks what came of it.
 * @param socket A client.
 */
export function drain(socket: Socket): void {
  readAll(socket).catch(() => undefined);
}

async function readAll(socket: Socket): Promise<void> {
  try {
    while (isOpen(socket)) {
      const [readable] = await selectAsync([socket], [], [], MOST_READING_SECONDS, { fdSetSize: 'unlimited' });
      if (readable.length === 0) break;
    }
  } finally {
    socket.close();
  }
}

function familyOf(address: Reach): number {
  if (address instanceof Uint8Array) return AF_UNIX;
  return address[0].includes(':') ? AF_INET6 : AF_INET;
}

// On a Unix socket that is not blocking, connect(2) does not wait for room in the queue: it fails with EAGAIN.
function limitConnect(socket: Socket): void {
  if (socket.family !== AF_UNIX) socket.settimeout(MOST_CONNECT_SECONDS);
  else
    socket.setsockopt(
      SOL_SOCKET,
      SO_SNDTIMEO,
      new Uint8Array(BigInt64Array.of(BigInt(MOST_CONNECT_SECONDS), 0n).buffer),
    );
}
