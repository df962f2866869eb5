import { escapeControlCharacters } from '../system/control-characters.ts';
import type { Outcome, Step, Value } from './step.ts';

// A longer text is replaced by its length.
const MAX_CHARACTERS = 20;

/** Writes a step: 'a.recv(9)', 'connect(a, listener)'. */
export function stepText(step: Step): string {
  const [name, ...args] = step;
  const texts = args.map(valueText);
  return `${name}(${texts.join(', ')})`;
}

/** Writes the result of a step: 'ECONNRESET', '4', "'data'", or 'no error' for a call that returns nothing. */
export function outcomeText(outcome: Outcome): string {
  if (Array.isArray(outcome)) return outcome.join(', ');
  if (outcome === null) return 'no error';
  if (typeof outcome === 'object' && 'errno' in outcome) return outcome.errno;
  return typeof outcome === 'string' ? quoted(outcome) : valueText(outcome);
}

function valueText(value: Value): string {
  if (typeof value !== 'object' || value === null) return shortened(String(value));
  if ('bits' in value) return value.bits.join('|');
  if ('bytes' in value) return quoted(value.bytes);
  return `${value.address}.getsockname()`;
}

function quoted(text: string): string {
  return `'${escapeControlCharacters(text)}'`;
}

function shortened(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, 3)}… ${text.length} characters` : text;
}
