import { decimal } from '../decimal.ts';
import type { Finder } from '../finder.ts';

/**
 * Messages as netstrings: `5:hello,`.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 * @see D. J. Bernstein, "Netstrings", 1997: no leading zeros, and `0:,` is the empty string
 */
export function netstring(maxMessageBytes: number): Finder {
  return decimal({ name: 'netstring', separator: ':', trailer: ',', emptyAllowed: true }, maxMessageBytes);
}
