import { decimal } from '../decimal.ts';
import type { Finder } from '../finder.ts';

/** Netstrings: `5:hello,`. D. J. Bernstein, "Netstrings", 1997: no leading zeros, and `0:,` is the empty string. */
export function netstring(maxMessageBytes: number): Finder {
  return decimal({ name: 'netstring', separator: ':', trailer: ',', emptyAllowed: true }, maxMessageBytes);
}
