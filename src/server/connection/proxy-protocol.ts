import { isIPv4, isIPv6 } from 'node:net';

import type { Address } from '../../socket/address.ts';
import { AF_INET, AF_INET6 } from '../../system/constants/socket.ts';
import { inetNtop, inetPton } from '../../socket/convert.ts';

const V1_SIGNATURE = Buffer.from('PROXY ');
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
// The length includes CR LF: section 2.1.
const V1_MAX_BYTES = 107;
const V2_FIXED_BYTES = 16;
// The longest address block is that of AF_UNIX, 216 bytes. The bytes after the addresses are TLVs, which proxies keep short.
const V2_MAX_BYTES = V2_FIXED_BYTES + 4096;
const LOCAL = 0x20;
const PROXY = 0x21;
const TCP4 = 0x11;
const TCP6 = 0x21;

/**
 * The header that a proxy (HAProxy, nginx) sends first on a connection, with the address of its client.
 * @see The PROXY protocol, versions 1 and 2, by Willy Tarreau
 */
export class ProxyHeader {
  /** The client's address; `undefined` when the proxy does not know it, or when the connection is the proxy's own. */
  address: Address | undefined;
  /** The bytes that have arrived and are no complete header. */
  received: Buffer = Buffer.alloc(0);

  /**
   * Parses the next bytes of the connection, and copies them if the header is not complete.
   * @returns The bytes after the header; `undefined` when the header is not complete; 'malformed' when it is not a header.
   */
  feed(bytes: Buffer): Buffer | 'malformed' | undefined {
    const all = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    const length = startsLike(all, V2_SIGNATURE)
      ? this.#version2(all)
      : startsLike(all, V1_SIGNATURE)
        ? this.#version1(all)
        : -1;
    if (length > 0) return all.subarray(length);
    this.received = Buffer.from(all);
    return length < 0 ? 'malformed' : undefined;
  }

  // #version1 and #version2 return the length of the header; 0 when it is not complete, and -1 when it is malformed.
  #version1(all: Buffer): number {
    const end = all.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
    if (end < 0) return all.length < V1_MAX_BYTES ? 0 : -1;
    const [, family, source = '', destination = '', port, destinationPort, ...rest] = all
      .toString('latin1', 0, end)
      .split(' ');
    if (family === 'UNKNOWN') return end + 2;
    if ((family !== 'TCP4' && family !== 'TCP6') || rest.length > 0) return -1;
    const host = family === 'TCP4' ? canonical4(source) : canonical6(source);
    const isDestination = family === 'TCP4' ? isIPv4(destination) : canonical6(destination) !== undefined;
    if (host === undefined || !isDestination || !isPort(port) || !isPort(destinationPort)) return -1;
    this.address = family === 'TCP4' ? [host, Number(port)] : [host, Number(port), 0, 0];
    return end + 2;
  }

  #version2(all: Buffer): number {
    if (all.length < V2_FIXED_BYTES) return 0;
    const length = V2_FIXED_BYTES + all.readUInt16BE(14);
    const command = all[12]!;
    if (length > V2_MAX_BYTES || (command !== LOCAL && command !== PROXY)) return -1;
    if (all.length < length) return 0;
    const family = all[13]!;
    const needed = command === LOCAL ? 0 : family === TCP4 ? 12 : family === TCP6 ? 36 : 0;
    if (length - V2_FIXED_BYTES < needed) return -1;
    if (needed === 12) this.address = [text4(all, V2_FIXED_BYTES), all.readUInt16BE(V2_FIXED_BYTES + 8)];
    if (needed === 36) this.address = [text6(all, V2_FIXED_BYTES), all.readUInt16BE(V2_FIXED_BYTES + 32), 0, 0];
    return length;
  }
}

// An address has more than one spelling (`::1` and `0:0:0:0:0:0:0:1`). These return the one that the kernel's addresses have.
function canonical4(text: string): string | undefined {
  return isIPv4(text) ? inetNtop(AF_INET, inetPton(AF_INET, text)) : undefined;
}

function canonical6(text: string): string | undefined {
  // A scope, as in `fe80::1%eth0`, is not a part of the address, and names an interface of another machine.
  return isIPv6(text) && !text.includes('%') ? inetNtop(AF_INET6, inetPton(AF_INET6, text)) : undefined;
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

function startsLike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function text4(bytes: Buffer, offset: number): string {
  return inetNtop(AF_INET, bytes.subarray(offset, offset + 4));
}

function text6(bytes: Buffer, offset: number): string {
  return inetNtop(AF_INET6, bytes.subarray(offset, offset + 16));
}
