import { copyBytes } from './copy-bytes.ts';
import { unfinishedText } from './line-format.ts';
import type { Format } from './messages.ts';

const NEWLINE = 10;

/**
 * Writes each message as it is, and adds a newline if it does not end with one. In the received bytes, a newline usually
 * stands behind each message, or at its end: such messages are copied together, as they came.
 */
export const writeText: Format = (messages, _sender, into) => {
  const { length, source, unfinished } = messages;
  if (unfinished !== undefined) {
    into.addText(`${unfinishedText(source, unfinished)}\n`);
    return;
  }
  let copiedTo = messages.start(0);
  into.reserve(messages.end(length - 1) - copiedTo + length);
  const target = into.bytes;
  // The place of the byte `copiedTo` in the target.
  let at = into.end;
  for (let index = 0; index < length; index++) {
    const end = messages.end(index);
    const next = index + 1 < length ? messages.start(index + 1) : -1;
    const hasNewline = end > messages.start(index) && source[end - 1] === NEWLINE;
    const comesWithNewline = hasNewline ? next === end : next === end + 1 && source[end] === NEWLINE;
    if (comesWithNewline) {
      into.endMessage(at + next - copiedTo);
      continue;
    }
    at = copyBytes(source, copiedTo, end, target, at);
    if (!hasNewline) target[at++] = NEWLINE;
    into.endMessage(at);
    copiedTo = next;
  }
};
