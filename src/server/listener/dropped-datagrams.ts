import { SOL_SOCKET } from '../../system/constants/socket.ts';
import type { Socket } from '../../socket/socket.ts';
import * as sys from '../../system/calls.ts';

// asm-generic/socket.h; the same on x64 and arm64. Since Linux 4.12.
const SO_MEMINFO = 55;
// linux/sock_diag.h: the last of nine numbers of 32 bits.
const SK_MEMINFO_DROPS = 8;
const MEMINFO_COUNT = 9;

/**
 * The number of datagrams that the kernel has received for a socket and dropped, mostly because the receive buffer was full. The
 * kernel counts them anyway, so a datagram costs nothing more; SO_RXQ_OVFL would add a control message to each of them.
 */
export class DroppedDatagrams {
  readonly #socket: Socket;
  readonly #meminfo = new Uint32Array(MEMINFO_COUNT);
  readonly #meminfoBytes = Int32Array.of(0);
  // The kernel's number, which begins again after 2 ** 32, and belongs to all processes that have used the socket.
  #lastSeen: number;
  #total = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#lastSeen = this.#read();
  }

  /** The number since this object was made. */
  count(): number {
    if (this.#socket.fileno() === -1) return this.#total;
    const seen = this.#read();
    this.#total += (seen - this.#lastSeen) >>> 0;
    this.#lastSeen = seen;
    return this.#total;
  }

  // An older kernel knows no such option: the number stays 0.
  #read(): number {
    this.#meminfoBytes[0] = this.#meminfo.byteLength;
    sys.getsockopt(this.#socket.fileno(), SOL_SOCKET, SO_MEMINFO, this.#meminfo, this.#meminfoBytes);
    return this.#meminfo[SK_MEMINFO_DROPS]!;
  }
}
