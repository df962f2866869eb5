import { escapeInJson } from '../../../system/control-characters.ts';
import { visible } from '../../text.ts';
import { createJsonFormat } from './json-format.ts';
import { MessageBuffer } from './message-buffer.ts';
import type { Format } from './messages.ts';
import { addText, unfinishedText } from './text-format.ts';

/** Writes messages for a terminal, which would obey the control characters of a client. */
export const writeTerminalText: Format = (messages, _sender, into) => {
  if (messages.unfinished !== undefined) {
    addText(unfinishedText(messages.source, messages.unfinished), into);
    return;
  }
  for (let index = 0; index < messages.length; index++) {
    const text = visible(messages.source.toString('utf8', messages.start(index), messages.end(index)));
    addText(text.endsWith('\n') ? text : `${text}\n`, into);
  }
};

/** Makes the format that writes JSON for a terminal: the same values, with more characters escaped. */
export function createTerminalJsonFormat(nowMs?: () => number): Format {
  const writeJson = createJsonFormat(nowMs);
  const lines = new MessageBuffer();
  return (messages, sender, into) => {
    writeJson(messages, sender, lines);
    for (const line of lines.bytes.toString('utf8', 0, lines.end).split(/(?<=\n)/)) addText(escapeInJson(line), into);
    lines.clear();
  };
}
