import { OSError } from '../../system/errors.ts';
import { selectAsync } from '../../select/select.ts';
import { AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP, SO_SNDTIMEO, SOL_SOCKET } from '../../system/constants/socket.ts';
import * as sys from '../../system/calls.ts';
import { Socket } from '../../socket/socket.ts';

const READ_BYTES = 65_536;
const MAX_SILENCE_SECONDS = 5;

export type InetAddress = readonly [host: string, port: number];

/** A host and a port, or the path or abstract name of a Unix socket, as bytes. */
export type ServerAddress = InetAddress | Uint8Array;

/**
 * Connects a client. `prepare` is called before. The returned socket does not block. `maxSeconds` limits connect(2): when the
 * server's queue is full, it could block this process, and every other action with it, for minutes.
 */
export function connectTo(
  address: ServerAddress,
  maxSeconds: number,
  prepare: (socket: Socket) => void = () => undefined,
): Socket {
  const socket = new Socket(familyOf(address));
  try {
    prepare(socket);
    limitConnectTime(socket, maxSeconds);
    socket.connect(address);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setblocking(false);
  return socket;
}

export function localAddress(socket: Socket): InetAddress {
  return socket.getsockname().slice(0, 2) as [string, number];
}

/**
 * Returns whether the server has not closed the connection. It also reads everything that the server has sent, because closing a
 * socket with unread bytes sends a reset.
 */
export function isOpen(socket: Socket): boolean {
  try {
    while (socket.recv(READ_BYTES).length > 0);
    return false;
  } catch (error) {
    return error instanceof OSError && error.code === 'EAGAIN';
  }
}

/** Reads in the background until the server closes or is silent, then closes the socket. Best effort: errors do not matter. */
export function drain(socket: Socket): void {
  readAll(socket).catch(() => undefined);
}

// struct tcp_md5sig of linux/tcp.h: a struct sockaddr_storage, then the length of the key and the key.
const TCP_MD5SIG = 14;
const MD5SIG_BYTES = 216;
const KEY_LENGTH_OFFSET = 130;
const KEY_OFFSET = 136;
const KEY = 'no such path';

/**
 * Cuts a connected client off, as a pulled cable does. Its kernel now signs what it sends (RFC 2385) and accepts only signed
 * packets. The server's kernel does not know the key, so each side drops all packets of the other, including the closing ones.
 * Returns false when the socket is not IPv4 or this kernel cannot do it.
 * @see tcp(7), TCP_MD5SIG
 */
export function blockPackets(client: Socket): boolean {
  if (client.family !== AF_INET) return false;
  const [host, port] = client.getpeername() as [string, number];
  const signature = Buffer.alloc(MD5SIG_BYTES);
  signature.writeUInt16LE(AF_INET, 0);
  signature.writeUInt16BE(port, 2);
  signature.set(host.split('.').map(Number), 4);
  signature.writeUInt16LE(KEY.length, KEY_LENGTH_OFFSET);
  signature.write(KEY, KEY_OFFSET);
  return sys.setsockopt(client.fileno(), IPPROTO_TCP, TCP_MD5SIG, signature, MD5SIG_BYTES) === 0;
}

async function readAll(socket: Socket): Promise<void> {
  try {
    while (isOpen(socket)) {
      const [readable] = await selectAsync([socket], [], [], MAX_SILENCE_SECONDS, { fdSetSize: 'unlimited' });
      if (readable.length === 0) break;
    }
  } finally {
    socket.close();
  }
}

function familyOf(address: ServerAddress): number {
  if (address instanceof Uint8Array) return AF_UNIX;
  return address[0].includes(':') ? AF_INET6 : AF_INET;
}

/** A non-blocking Unix socket does not wait for room in the queue: connect(2) fails with EAGAIN. So it gets a send timeout. */
function limitConnectTime(socket: Socket, seconds: number): void {
  if (socket.family !== AF_UNIX) {
    socket.settimeout(seconds);
    return;
  }
  const timeval = BigInt64Array.of(BigInt(Math.trunc(seconds)), BigInt(Math.round((seconds % 1) * 1e6)));
  socket.setsockopt(SOL_SOCKET, SO_SNDTIMEO, new Uint8Array(timeval.buffer));
}
