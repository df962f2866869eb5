import type { Address } from '../socket.ts';

/**
 * Writes a line of the log, to standard error.
 * @param line The line, without its end.
 */
export function log(line: string): void {
  process.stderr.write(`tripoll: ${line}\n`);
}

/**
 * An address as people write it.
 * @param address The address.
 * @returns '127.0.0.1:9001', '[::1]:9001', or the path.
 */
export function addressText(address: Address): string {
  // A client of a Unix socket has no name as a rule.
  if (typeof address === 'string') return address === '' ? '(unnamed)' : address;
  if (address instanceof Uint8Array) return address.toString('latin1').replace('\0', '@');
  const [host, port] = address;
  return String(host).includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

/**
 * A number with its noun.
 * @param count How many.
 * @param noun The noun, in the singular.
 * @returns '1 client', '2 clients'.
 */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Makes a client's text safe to show: control characters could move a terminal's cursor, or do worse.
 * @param text The text.
 * @returns It, with each control character but tab and newline as `\x1b`.
 */
export function visible(text: string): string {
  return text.replace(
    /(?![\t\n])\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
