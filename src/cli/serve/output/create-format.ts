import type { Encoding } from './encoding.ts';
import { createJsonFormat } from './json-format.ts';
import { createLineFormat } from './line-format.ts';
import type { Format } from './messages.ts';
import { parsePrefix } from './prefix.ts';
import { createTerminalJsonFormat, writeTerminalText } from './terminal-format.ts';
import { writeText } from './text-format.ts';

/** The settings that concern the form of the messages in the output. */
export interface FormatSettings {
  readonly output: 'text' | 'json';
  readonly encoding: Encoding;
  readonly textPrefix: string | undefined;
}

/** Makes the format that the settings describe; for a terminal, one whose characters a terminal only shows. */
export function createFormat({ output, encoding, textPrefix }: FormatSettings, isTerminal: boolean): Format {
  if (output === 'json') return isTerminal ? createTerminalJsonFormat(encoding) : createJsonFormat(encoding);
  const prefix = textPrefix === undefined ? [] : parsePrefix(textPrefix)!;
  // Only text without a prefix is written as it came.
  if (encoding !== 'auto' || prefix.length > 0) return createLineFormat(encoding, prefix);
  return isTerminal ? writeTerminalText : writeText;
}
