import { isUtf8 } from 'node:buffer';

import type { DisconnectReason } from '../../../server/connection/disconnect-reason.ts';
import { hostPortText } from '../../../socket/address-text.ts';
import { copyBytes } from './copy-bytes.ts';
import type { MessageBuffer } from './message-buffer.ts';
import type { Format, Sender } from './messages.ts';

const BEFORE_TEXT = Buffer.from('"message":"');
const BEFORE_BASE64 = Buffer.from('"base64":"');
const AFTER = Buffer.from('"}\n');
const FIRST_HIGH_BYTE = 0x80;
const FIRST_PRINTABLE = 0x20;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const ZERO = 0x30;
const UNICODE_ESCAPE_BYTES = 6;
// A multiple of 3, so that the parts of base64 join.
const BASE64_PART_BYTES = 3 * 2 ** 14;

const hexDigits = Buffer.from('0123456789abcdef');
// The second byte of an escape such as \n, by the byte that it stands for; 'u' for \u001f; 0 for a byte that stays as it is.
const escapes = new Uint8Array(256).fill(LETTER_U, 0, FIRST_PRINTABLE);
for (const pair of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\']) escapes[pair.charCodeAt(0)] = pair.charCodeAt(1);
// The number of bytes that an escape adds.
const addedBytes = escapes.map((letter) => (letter === 0 ? 0 : letter === LETTER_U ? UNICODE_ESCAPE_BYTES - 1 : 1));

/**
 * Makes the format that writes a line of JSON for each message: exactly the text that JSON.stringify makes of
 * `{ time, peer, message }`, or of `{ time, peer, base64 }` when the bytes are not UTF-8. An unfinished message has the reason as
 * `unfinished` after `peer`. It makes no object and no string for a message.
 */
export function createJsonFormat(nowMs: () => number = Date.now): Format {
  const timeOf = cachedTime(nowMs);
  // The address of a sender is written once.
  const peers = new WeakMap<Sender, Buffer>();
  return (messages, sender, into) => {
    let peer = peers.get(sender);
    if (peer === undefined) peers.set(sender, (peer = peerOf(sender)));
    if (messages.unfinished !== undefined) peer = withMark(peer, messages.unfinished);
    const time = timeOf();
    const { length, source } = messages;
    const headBytes = time.length + peer.length;
    const firstAt = into.end;
    for (let index = 0; index < length; index++) {
      const at = into.end;
      into.reserve(headBytes);
      if (index > 0) into.bytes.copyWithin(at, firstAt, firstAt + headBytes);
      else {
        const peerAt = copyBytes(time, 0, time.length, into.bytes, at);
        copyBytes(peer, 0, peer.length, into.bytes, peerAt);
      }
      into.endMessage(addContent(source, messages.start(index), messages.end(index), into, at + headBytes));
    }
  };
}

/** The time in the beginning of a line, as bytes. They are made once in a millisecond. */
function cachedTime(nowMs: () => number): () => Buffer {
  let cachedMs = NaN;
  let cached = Buffer.alloc(0);
  return () => {
    const ms = nowMs();
    if (ms !== cachedMs) {
      cachedMs = ms;
      cached = Buffer.from(`{"time":"${new Date(ms).toISOString()}",`);
    }
    return cached;
  };
}

function peerOf({ address }: Sender): Buffer {
  return Buffer.from(`"peer":${JSON.stringify(hostPortText(address))},`);
}

// The key comes before the message, so that a reader of a cut line sees it, too.
function withMark(peer: Buffer, reason: DisconnectReason): Buffer {
  return Buffer.concat([peer, Buffer.from(`"unfinished":"${reason}",`)]);
}

// Writes the message and the end of the line at `at`. Returns the end of the line.
function addContent(source: Buffer, from: number, to: number, into: MessageBuffer, at: number): number {
  const textAt = at + BEFORE_TEXT.length;
  into.reserve(textAt - into.end + (to - from) + AFTER.length);
  const target = into.bytes;
  // Most messages need no escape: they are copied while they are searched.
  let added = 0;
  let allBits = 0;
  for (let index = from, copyAt = textAt; index < to; index++) {
    const byte = source[index]!;
    target[copyAt++] = byte;
    added += addedBytes[byte]!;
    allBits |= byte;
  }
  if (allBits >= FIRST_HIGH_BYTE && !isUtf8(source.subarray(from, to))) return addBase64(source, from, to, into, at);
  copyBytes(BEFORE_TEXT, 0, BEFORE_TEXT.length, target, at);
  let end = textAt + (to - from);
  if (added > 0) end = addEscaped(source, from, to, into, textAt, added);
  return copyBytes(AFTER, 0, AFTER.length, into.bytes, end);
}

function addEscaped(
  source: Buffer,
  from: number,
  to: number,
  into: MessageBuffer,
  textAt: number,
  added: number,
): number {
  into.reserve(textAt - into.end + (to - from) + added + AFTER.length);
  const target = into.bytes;
  let at = textAt;
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    const letter = escapes[byte]!;
    if (letter === 0) {
      target[at++] = byte;
      continue;
    }
    target[at++] = BACKSLASH;
    target[at++] = letter;
    if (letter !== LETTER_U) continue;
    target[at++] = ZERO;
    target[at++] = ZERO;
    target[at++] = hexDigits[byte >> 4]!;
    target[at++] = hexDigits[byte & 0xf]!;
  }
  return at;
}

function addBase64(source: Buffer, from: number, to: number, into: MessageBuffer, at: number): number {
  const maxBytes = 4 * Math.ceil((to - from) / 3);
  into.reserve(at - into.end + BEFORE_BASE64.length + maxBytes + AFTER.length);
  const target = into.bytes;
  let end = at + BEFORE_BASE64.copy(target, at);
  for (let index = from; index < to; index += BASE64_PART_BYTES) {
    end += target.write(source.toString('base64', index, Math.min(to, index + BASE64_PART_BYTES)), end, 'latin1');
  }
  return end + AFTER.copy(target, end);
}
