import { isUtf8 } from 'node:buffer';

import type { DisconnectReason } from '../../../server/connection/disconnect-reason.ts';
import { hostPortText } from '../../../socket/address-text.ts';
import { escapeControlCharacters } from '../../../system/control-characters.ts';
import type { Encoding } from './encoding.ts';
import type { Format, Messages, Sender } from './messages.ts';
import type { PrefixField } from './prefix.ts';

/**
 * Makes the format that writes each message as exactly one line of text, after the fields of the prefix: what a message contains
 * cannot look like another line. Where bytes have another form than that of the other messages, the line says which.
 */
export function createLineFormat(
  encoding: Encoding,
  prefix: readonly PrefixField[],
  nowMs: () => number = Date.now,
): Format {
  return (messages, sender, into) => {
    const start = prefix.map((field) => `${fieldText(field, sender, nowMs)} `).join('');
    for (let index = 0; index < messages.length; index++) {
      into.addText(`${start}${lineText(messages, index, encoding)}\n`);
    }
  };
}

function fieldText(field: PrefixField, { address }: Sender, nowMs: () => number): string {
  // The path of a Unix socket may contain anything.
  return field === 'time' ? new Date(nowMs()).toISOString() : escapeControlCharacters(hostPortText(address));
}

function lineText(messages: Messages, index: number, encoding: Encoding): string {
  const { source, unfinished } = messages;
  const bytes = source.subarray(messages.start(index), messages.end(index));
  return unfinished === undefined ? markedText(bytes, [], encoding) : unfinishedText(bytes, unfinished, encoding);
}

/** An unfinished message in one line, which nobody takes for a whole message: `[unfinished: reset] temp=21`. */
export function unfinishedText(rest: Buffer, reason: DisconnectReason, encoding: Encoding = 'auto'): string {
  return markedText(rest, [`unfinished: ${reason}`], encoding);
}

function markedText(bytes: Buffer, marks: readonly string[], encoding: Encoding): string {
  if (encoding === 'base64' || encoding === 'hex') return withMarks(marks, bytes.toString(encoding));
  if (encoding === 'latin1') return withMarks(marks, escaped(bytes.toString('latin1'), marks));
  if (isUtf8(bytes)) return withMarks(marks, escaped(bytes.toString(), marks));
  if (encoding === 'auto') return withMarks([...marks, 'base64'], bytes.toString('base64'));
  return withMarks([...marks, 'replaced'], escaped(bytes.toString(), marks));
}

// The newline at the end of a whole message is the end of its line.
function escaped(text: string, marks: readonly string[]): string {
  return escapeControlCharacters(marks.length === 0 ? text.replace(/\r?\n$/, '') : text, '\t');
}

function withMarks(marks: readonly string[], text: string): string {
  return marks.length === 0 ? text : `[${marks.join(', ')}] ${text}`;
}
