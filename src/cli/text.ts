import { escapeControlCharacters } from '../system/control-characters.ts';

/** Returns a number with its noun: '1 client', '2 clients'. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Shows each control character of a client's text as `\x1b`, except tab and newline: a terminal would obey it, for example
 * move the cursor.
 */
export function visible(text: string): string {
  return escapeControlCharacters(text, '\t\n');
}
