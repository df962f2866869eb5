import { AF_INET, IPPROTO_TCP } from '../../system/constants/socket.ts';
import type { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';

// struct tcp_md5sig of linux/tcp.h: a struct sockaddr_storage, then the key's length and the key.
const TCP_MD5SIG = 14;
const SIZE = 216;
const KEY_LENGTH_AT = 130;
const KEY_AT = 136;
const KEY = 'no such path';

/**
 * Cuts a connected client off, as a cable does that is pulled: from now on its kernel signs what it sends (RFC 2385) and
 * takes only what is signed. The server's kernel knows of no signature, so each drops all that comes from the other, the
 * end of the connection too.
 * @param client A connected socket.
 * @returns Whether that is so: not every kernel can, nor does it for other than IPv4 here.
 * @see tcp(7), TCP_MD5SIG
 */
export function cutOff(client: Socket): boolean {
  if (client.family !== AF_INET) return false;
  const [host, port] = client.getpeername() as [string, number];
  const key = Buffer.alloc(SIZE);
  key.writeUInt16LE(AF_INET, 0);
  key.writeUInt16BE(port, 2);
  key.set(host.split('.').map(Number), 4);
  key.writeUInt16LE(KEY.length, KEY_LENGTH_AT);
  key.write(KEY, KEY_AT);
  return sys.setsockopt(client.fileno(), IPPROTO_TCP, TCP_MD5SIG, key, SIZE) === 0;
}
