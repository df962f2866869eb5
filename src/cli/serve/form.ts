import { isUtf8 } from 'node:buffer';

import type { Address } from '../../socket/address.ts';
import { hostPortText, visible } from '../text.ts';

/** How a message is written, and who sent it where that is said. */
export type Form = (message: Buffer, peer: Address) => string | Buffer;

const NEWLINE = Buffer.from('\n');

/** The forms: as it is, for a terminal, which control characters could command, and as a line of JSON. */
export const forms = {
  text: (message) => ended(message),
  visible: (message) => ended(Buffer.from(visible(message.toString()))),
  json: (message, peer) => {
    const content = isUtf8(message) ? { message: message.toString() } : { base64: message.toString('base64') };
    return `${JSON.stringify({ time: new Date().toISOString(), peer: hostPortText(peer), ...content })}\n`;
  },
} satisfies Record<string, Form>;

function ended(text: Buffer): Buffer {
  return text.at(-1) === NEWLINE[0] ? text : Buffer.concat([text, NEWLINE]);
}
