import { decimal } from '../decimal.ts';
import { line } from './delimiter.ts';
import type { Finder } from '../finder.ts';

const LESS_THAN_SIGN = 60;

/**
 * Syslog over TCP: `5 hello`. A frame that starts with '<', as every syslog message does, has no length and ends with a
 * newline: as in rsyslog, senders of both kinds can use one port. RFC 6587, sections 3.4.1 and 3.4.2.
 */
export function octetCounting(maxMessageBytes: number): Finder {
  const syntax = { name: 'octet counting', separator: ' ', trailer: '', emptyAllowed: false };
  const counted = decimal(syntax, maxMessageBytes);
  const delimited = line('cut with CR', maxMessageBytes);
  return {
    maxFrameBytes: counted.maxFrameBytes,
    find: (bytes, start, end, atLeast, frame) =>
      (bytes[start] === LESS_THAN_SIGN ? delimited : counted).find(bytes, start, end, atLeast, frame),
  };
}
