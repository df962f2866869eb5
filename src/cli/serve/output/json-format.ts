import type { DisconnectReason } from '../../../server/connection/disconnect-reason.ts';
import { hostPortText } from '../../../socket/address-text.ts';
import { copyBytes } from './copy-bytes.ts';
import type { Encoding } from './encoding.ts';
import { contentAdders } from './json-content.ts';
import type { Format, Sender } from './messages.ts';

const NOTHING = Buffer.alloc(0);
const WHOLE = Buffer.from('"unfinished":null,');

/**
 * Makes the format that writes a line of JSON for each message: exactly the text that JSON.stringify makes of
 * `{ time, peer, message }`, or of `{ time, peer, base64 }` when the bytes are not UTF-8. An unfinished message has the reason as
 * `unfinished` after `peer`. With any encoding but 'auto', all messages have the same keys, `unfinished` among them. No object and
 * no string is made for a message that is UTF-8.
 */
export function createJsonFormat(encoding: Encoding, nowMs: () => number = Date.now): Format {
  const addContent = contentAdders[encoding];
  const whole = encoding === 'auto' ? NOTHING : WHOLE;
  const timeOf = cachedTime(nowMs);
  // The address of a sender is made into bytes once.
  const peers = new WeakMap<Sender, Buffer>();
  return (messages, sender, into) => {
    let peer = peers.get(sender);
    if (messages.unfinished !== undefined) peer = Buffer.concat([peerOf(sender), markOf(messages.unfinished)]);
    else if (peer === undefined) peers.set(sender, (peer = Buffer.concat([peerOf(sender), whole])));
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
function markOf(reason: DisconnectReason): Buffer {
  return Buffer.from(`"unfinished":"${reason}",`);
}
