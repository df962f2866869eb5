import type { Address } from '../socket/address.ts';

/**
 * An address as people write it.
 * @param address The address.
 * @returns '127.0.0.1:9001', '[::1]:9001', or the path, with control characters as `\x0a`: a client chooses its own.
 */
export function addressText(address: Address): string {
  // A client of a Unix socket has no name as a rule.
  if (typeof address === 'string') return address === '' ? '(unnamed)' : escaped(address, /\p{Cc}/gu);
  if (address instanceof Uint8Array) return escaped(address.toString('latin1').replace('\0', '@'), /\p{Cc}/gu);
  const [host, port] = address;
  return String(host).includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

/**
 * Writes characters out.
 * @param text A text.
 * @param which The characters.
 * @returns The text, with each of them as `\x1b`.
 */
export function escaped(text: string, which: RegExp): string {
  return text.replace(which, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
