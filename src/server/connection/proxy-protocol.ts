import { isIPv4, isIPv6 } from 'node:net';

import type { Address } from '../../socket/address.ts';
import { AF_INET, AF_INET6 } from '../../system/constants/socket.ts';
import { inetNtop } from '../../socket/convert.ts';

// "PROXY", or the 12 bytes that begin version 2.
const V1 = Buffer.from('PROXY ');
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
// CR LF included: section 2.1.
const LONGEST_V1 = 107;
const V2_HEAD = 16;
// The block of addresses of AF_UNIX is the longest, 216 bytes; what is beyond are TLVs, which a proxy keeps short.
const LONGEST_V2 = V2_HEAD + 4096;
const LOCAL = 0x20;
const PROXY = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;

/**
 * The header that a proxy (HAProxy, nginx) sends first on a connection, to tell whose it is.
 * @see The PROXY protocol, versions 1 and 2, by Willy Tarreau
 */
export class ProxyHeader {
  /** The client's address; `undefined` where the proxy speaks for itself or does not know it. */
  address: Address | undefined;
  #held: Buffer = Buffer.alloc(0);

  /** Whether a part of it has come. */
  get begun(): boolean {
    return this.#held.length > 0;
  }

  /**
   * Takes the next bytes of the connection.
   * @param bytes The bytes; not kept.
   * @returns What comes after the header; `undefined` where more is needed; 'malformed' where it is none.
   */
  feed(bytes: Buffer): Buffer | 'malformed' | undefined {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const length = begins(all, V2) ? this.#version2(all) : begins(all, V1) ? this.#version1(all) : -1;
    if (length < 0) return 'malformed';
    if (length > 0) return all.subarray(length);
    this.#held = Buffer.from(all);
    return undefined;
  }

  // Both give the header's length, 0 where more is needed, -1 where it is malformed.
  #version1(all: Buffer): number {
    const end = all.subarray(0, LONGEST_V1).indexOf('\r\n');
    if (end < 0) return all.length < LONGEST_V1 ? 0 : -1;
    const [, family, source = '', destination = '', port, destinationPort, ...rest] = all
      .toString('latin1', 0, end)
      .split(' ');
    if (family === 'UNKNOWN') return end + 2;
    if ((family !== 'TCP4' && family !== 'TCP6') || rest.length > 0) return -1;
    const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
    if (!isAddress(source) || !isAddress(destination) || !isPort(port) || !isPort(destinationPort)) return -1;
    this.address = family === 'TCP4' ? [source, Number(port)] : [source, Number(port), 0, 0];
    return end + 2;
  }

  #version2(all: Buffer): number {
    if (all.length < V2_HEAD) return 0;
    const length = V2_HEAD + all.readUInt16BE(14);
    const command = all[12]!;
    if (length > LONGEST_V2 || (command !== LOCAL && command !== PROXY)) return -1;
    if (all.length < length) return 0;
    const family = all[13]!;
    const needed = command === LOCAL ? 0 : family === TCP4 ? 12 : family === TCP6 ? 36 : 0;
    if (length - V2_HEAD < needed) return -1;
    if (needed === 12) this.address = [text4(all, V2_HEAD), all.readUInt16BE(V2_HEAD + 8)];
    if (needed === 36) this.address = [text6(all, V2_HEAD), all.readUInt16BE(V2_HEAD + 32), 0, 0];
    return length;
  }
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

function begins(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function text4(bytes: Buffer, offset: number): string {
  return inetNtop(AF_INET, bytes.subarray(offset, offset + 4));
}

function text6(bytes: Buffer, offset: number): string {
  return inetNtop(AF_INET6, bytes.subarray(offset, offset + 16));
}
