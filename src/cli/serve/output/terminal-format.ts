import { escapeInJson } from '../../../system/control-characters.ts';
import { visible } from '../../text.ts';
import type { Encoding } from './encoding.ts';
import { createJsonFormat } from './json-format.ts';
import { unfinishedText } from './line-format.ts';
import { MessageBuffer } from './message-buffer.ts';
import type { Format } from './messages.ts';

/** Writes messages for a terminal, which would obey the control characters of a client. */
export const writeTerminalText: Format = (messages, _sender, into) => {
  if (messages.unfinished !== undefined) {
    into.addText(`${unfinishedText(messages.source, messages.unfinished)}\n`);
    return;
  }
  for (let index = 0; index < messages.length; index++) {
    const text = visible(messages.source.toString('utf8', messages.start(index), messages.end(index)));
    into.addText(text.endsWith('\n') ? text : `${text}\n`);
  }
};

/** Makes the format that writes JSON for a terminal: the same values, with more characters escaped. */
export function createTerminalJsonFormat(encoding: Encoding, nowMs?: () => number): Format {
  const writeJson = createJsonFormat(encoding, nowMs);
  const lines = new MessageBuffer();
  return (messages, sender, into) => {
    writeJson(messages, sender, lines);
    for (const line of lines.bytes.toString('utf8', 0, lines.end).split(/(?<=\n)/)) into.addText(escapeInJson(line));
    lines.clear();
  };
}
