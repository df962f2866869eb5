import { types } from 'node:util';

import { escapeControlCharacters } from '../system/control-characters.ts';
import type { Address, AddressInput } from './address.ts';

/** Writes an address as Python's `repr`: "('127.0.0.1', 9001)", b'\x00name'. A path stands without quotes. */
export function addressRepr(address: AddressInput | Address): string {
  if (typeof address === 'string') return address;
  if (types.isUint8Array(address)) return bytesRepr(address);
  return `(${address.map(partRepr).join(', ')})`;
}

/**
 * Writes an address as people do: '127.0.0.1:9001', '[::1]:9001', a path, '@name' for an abstract name. Control
 * characters are escaped, because a client chooses its own path.
 */
export function hostPortText(address: Address): string {
  // A client of an AF_UNIX socket usually has no name.
  if (typeof address === 'string') return address === '' ? '(unnamed)' : escapeControlCharacters(address);
  if (address instanceof Uint8Array) return escapeControlCharacters(address.toString('latin1').replace('\0', '@'));
  const [host, port] = address;
  return String(host).includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

function partRepr(part: string | number | Uint8Array): string {
  if (typeof part === 'string') return `'${part}'`;
  return typeof part === 'number' ? String(part) : bytesRepr(part);
}

function bytesRepr(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `b'${characters.join('')}'`;
}
