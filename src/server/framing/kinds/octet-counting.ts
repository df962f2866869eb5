import { decimal } from '../decimal.ts';
import { line } from './delimiter.ts';
import type { Finder } from '../finder.ts';

const LESS_THAN = 60;

/**
 * Syslog over TCP: `5 hello`. What begins with '<', as every syslog message does, has no length and ends with a newline:
 * senders of both kinds come to one port, as in rsyslog.
 * @param maxMessageBytes The limit.
 * @returns The finder.
 * @see RFC 6587, sections 3.4.1 and 3.4.2
 */
export function octetCounting(maxMessageBytes: number): Finder {
  const syntax = { name: 'octet counting', separator: ' ', trailer: '', emptyAllowed: false };
  const counted = decimal(syntax, maxMessageBytes);
  const stuffed = line('cut with CR', maxMessageBytes);
  return {
    maxFrameBytes: counted.maxFrameBytes,
    find: (bytes, start, end, atLeast, frame) =>
      (bytes[start] === LESS_THAN ? stuffed : counted).find(bytes, start, end, atLeast, frame),
    findLast: (bytes, start, end, frame) => bytes[start] === LESS_THAN && stuffed.findLast(bytes, start, end, frame),
  };
}
