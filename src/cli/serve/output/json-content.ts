import { isUtf8 } from 'node:buffer';

import { copyBytes } from './copy-bytes.ts';
import type { Encoding } from './encoding.ts';
import type { MessageBuffer } from './message-buffer.ts';

/**
 * Writes the bytes of `source` from `from` to `to` as the last value of a line of JSON, and the end of the line, at `at`, which is not
 * before the end of `into`. Returns the end of the line.
 */
export type AddContent = (source: Buffer, from: number, to: number, into: MessageBuffer, at: number) => number;

const BEFORE_MESSAGE = Buffer.from('"message":"');
const REPLACED = '"replaced":';
const AFTER = Buffer.from('"}\n');
const FIRST_HIGH_BYTE = 0x80;
const FIRST_PRINTABLE = 0x20;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const ZERO = 0x30;
const UNICODE_ESCAPE_BYTES = 6;
// base64 needs 4 characters for up to 3 bytes, hex 2 for each byte.
const MAX_DIGITS_PER_BYTE = 2;
const MAX_PADDING_BYTES = 3;
// A multiple of 3, so that the parts of base64 join.
const PART_BYTES = 3 * 2 ** 14;

const hexDigits = Buffer.from('0123456789abcdef');
// The second byte of an escape such as \n, by the byte that it stands for; 'u' for \u001f; 0 for a byte that stays as it is.
const escapes = new Uint8Array(256).fill(LETTER_U, 0, FIRST_PRINTABLE);
for (const pair of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\']) escapes[pair.charCodeAt(0)] = pair.charCodeAt(1);
// The number of bytes that an escape adds.
const addedBytes = escapes.map((letter) => (letter === 0 ? 0 : letter === LETTER_U ? UNICODE_ESCAPE_BYTES - 1 : 1));

/** The way in which each encoding writes a message. */
export const contentAdders: Readonly<Record<Encoding, AddContent>> = {
  auto: textAdder(BEFORE_MESSAGE, isUtf8, encodedAdder('base64')),
  utf8: textAdder(Buffer.from(`${REPLACED}false,"message":"`), isUtf8, addReplaced),
  latin1: textAdder(BEFORE_MESSAGE, () => false, addLatin1),
  base64: encodedAdder('base64'),
  hex: encodedAdder('hex'),
};

/** Writes text as it is, or with escapes; `addOther` writes what has bytes above 0x7f and is no text. */
function textAdder(before: Buffer, isText: (bytes: Buffer) => boolean, addOther: AddContent): AddContent {
  return (source, from, to, into, at) => {
    const textAt = at + before.length;
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
    if (allBits >= FIRST_HIGH_BYTE && !isText(source.subarray(from, to))) return addOther(source, from, to, into, at);
    copyBytes(before, 0, before.length, target, at);
    let end = textAt + (to - from);
    if (added > 0) end = addEscaped(source, from, to, into, textAt, added);
    return copyBytes(AFTER, 0, AFTER.length, into.bytes, end);
  };
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

/** Writes bytes with digits and letters. The key is the name of the encoding. */
function encodedAdder(encoding: 'base64' | 'hex'): AddContent {
  const before = Buffer.from(`"${encoding}":"`);
  return (source, from, to, into, at) => {
    into.reserve(at - into.end + before.length + MAX_DIGITS_PER_BYTE * (to - from) + MAX_PADDING_BYTES + AFTER.length);
    const target = into.bytes;
    let end = copyBytes(before, 0, before.length, target, at);
    for (let index = from; index < to; index += PART_BYTES) {
      end += target.write(source.toString(encoding, index, Math.min(to, index + PART_BYTES)), end, 'latin1');
    }
    return copyBytes(AFTER, 0, AFTER.length, target, end);
  };
}

function addReplaced(source: Buffer, from: number, to: number, into: MessageBuffer, at: number): number {
  return addLine(`${REPLACED}true,"message":${JSON.stringify(source.toString('utf8', from, to))}}\n`, into, at);
}

function addLatin1(source: Buffer, from: number, to: number, into: MessageBuffer, at: number): number {
  return addLine(`"message":${JSON.stringify(source.toString('latin1', from, to))}}\n`, into, at);
}

function addLine(text: string, into: MessageBuffer, at: number): number {
  into.reserve(at - into.end + Buffer.byteLength(text));
  return at + into.bytes.write(text, at);
}
