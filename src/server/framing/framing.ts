import { inspect } from 'node:util';

import { chunk } from './kinds/chunk.ts';
import { Copies } from './copies.ts';
import { custom, type FramingFunction } from './kinds/custom.ts';
import { delimiter, type DelimiterFate, line } from './kinds/delimiter.ts';
import { eof } from './kinds/eof.ts';
import type { Finder } from './finder.ts';
import { fixed } from './kinds/fixed.ts';
import { type Decoder, FrameReader } from './frame-reader.ts';
import { Joint } from './joint.ts';
import { type LengthField, lengthPrefixed } from './kinds/length-prefixed.ts';
import { netstring } from './kinds/netstring.ts';
import { octetCounting } from './kinds/octet-counting.ts';

export type { FrameExtent, FramingFunction } from './kinds/custom.ts';
export type { Decoder } from './frame-reader.ts';
export { FramingError, type FramingReason } from './framing-error.ts';

/** How the bytes of a connection are cut into messages. */
export type Framing =
  | 'chunk'
  | 'line'
  | 'netstring'
  | 'octet-counting'
  | 'eof'
  | LineFraming
  | DelimiterFraming
  | FixedFraming
  | LengthPrefixedFraming
  | FramingFunction;

/** Messages that end with a newline; a last one without it, before the peer closes, is a message too. */
export interface LineFraming {
  /** The framing. */
  readonly kind: 'line';
  /** Whether a carriage return at the end of a line is cut off; true by default. */
  readonly stripCr?: boolean | undefined;
  /**
   * Whether the line ends with its newline, and with what comes before it, as Python's `readline` gives it; it counts for
   * the message's limit then. False by default.
   */
  readonly keepDelimiter?: boolean | undefined;
}

/** Messages that end with some bytes. */
export interface DelimiterFraming {
  /** The framing. */
  readonly kind: 'delimiter';
  /** 1 to 64 bytes; a string counts as UTF-8. */
  readonly delimiter: string | Uint8Array;
  /** Whether they are part of the message, and count for its limit; false by default. */
  readonly keepDelimiter?: boolean | undefined;
}

/** Messages of one length. */
export interface FixedFraming {
  /** The framing. */
  readonly kind: 'fixed';
  /** The length, in bytes: 1 to `maxMessageBytes`. */
  readonly length: number;
}

/** Messages after a header with their length in binary. */
export interface LengthPrefixedFraming {
  /** The framing. */
  readonly kind: 'lengthPrefixed';
  /** The size of the length, in bytes. */
  readonly bytes: LengthField['bytes'];
  /** Whether its lowest byte comes first; false by default, network byte order. */
  readonly littleEndian?: boolean | undefined;
  /** How many bytes of header come before the length, 0 to 65,535; 0 by default. */
  readonly offset?: number | undefined;
  /** Added to the declared length, gives the number of bytes after it; negative where it counts the header. 0 by default. */
  readonly adjustment?: number | undefined;
  /** Whether header and length are part of the message, and count for its limit; false by default. */
  readonly keepHeader?: boolean | undefined;
}

const MAX_DELIMITER_BYTES = 64;
const MAX_OFFSET_BYTES = 65_535;
// Offsets stay below 2**31, and no Buffer of a supported Node is too small for it.
const MOST_BYTES = 2 ** 30;

type Options = Readonly<Record<string, unknown>>;

const kinds: Readonly<Record<string, (options: Options, maxMessageBytes: number) => Finder>> = {
  chunk: (_, max) => chunk(max),
  line: (options, max) => line(fateOf(options, flag(options, 'stripCr', true) ? 'cut with CR' : 'cut'), max),
  netstring: (_, max) => netstring(max),
  'octet-counting': (_, max) => octetCounting(max),
  eof: (_, max) => eof(max),
  delimiter: (options, max) => delimiter(delimiterOf(options), max, fateOf(options, 'cut')),
  fixed: (options, max) => fixed(integer(options, 'length', 1, max)),
  lengthPrefixed: (options, max) => lengthPrefixed(lengthFieldOf(options), max),
};

/**
 * Checks a framing.
 * @param framing How messages are cut; 'chunk' by default, what one recv gave.
 * @param maxMessageBytes The most bytes of a message; 0 and Infinity are no limit but 1 GiB. A decoder holds no
 *   more than that, one receive buffer and the framing's own bytes, and nothing between messages.
 * @param copies Cuts the messages.
 * @returns Makes a decoder, one for each connection of a server.
 * @throws {TypeError} For what is no framing, and an option of a wrong type.
 * @throws {RangeError} For a kind that there is not, and an option out of its range.
 */
export function createFraming(
  framing: Framing | undefined,
  maxMessageBytes: number,
  copies = new Copies(),
): () => Decoder {
  const unlimited = maxMessageBytes === 0 || maxMessageBytes === Infinity;
  const limit = unlimited ? MOST_BYTES : integer({ maxMessageBytes }, 'maxMessageBytes', 0, Number.MAX_SAFE_INTEGER);
  const finder = finderOf(framing ?? 'chunk', Math.min(limit, MOST_BYTES));
  const joint = new Joint();
  return () => new FrameReader(finder, joint, copies);
}

function finderOf(framing: unknown, maxMessageBytes: number): Finder {
  if (typeof framing === 'function') return custom(framing as FramingFunction, maxMessageBytes);
  const options = typeof framing === 'string' ? { kind: framing } : framing;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`framing must be a name, an object with a kind, or a function, not ${inspect(framing)}`);
  }
  const { kind } = options as Options;
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) return kinds[kind]!(options as Options, maxMessageBytes);
  throw new RangeError(`framing must be one of ${Object.keys(kinds).join(', ')}, not ${inspect(kind)}`);
}

function integer(options: Options, name: string, lowest: number, highest: number, byDefault?: number): number {
  const value = options[name] ?? byDefault;
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${inspect(value)}`);
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new RangeError(`${name} must be an integer from ${lowest} to ${highest}, not ${value}`);
}

function flag(options: Options, name: string, byDefault: boolean): boolean {
  const value = options[name] ?? byDefault;
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} must be true or false, not ${inspect(value)}`);
}

function fateOf(options: Options, otherwise: DelimiterFate): DelimiterFate {
  return flag(options, 'keepDelimiter', false) ? 'kept' : otherwise;
}

function delimiterOf({ delimiter }: Options): Buffer {
  if (typeof delimiter !== 'string' && !(delimiter instanceof Uint8Array)) {
    throw new TypeError(`delimiter must be a string or a Uint8Array, not ${inspect(delimiter)}`);
  }
  const bytes = Buffer.from(delimiter);
  if (bytes.length >= 1 && bytes.length <= MAX_DELIMITER_BYTES) return bytes;
  throw new RangeError(`delimiter must be 1 to ${MAX_DELIMITER_BYTES} bytes long, not ${bytes.length}`);
}

function lengthFieldOf(options: Options): LengthField {
  const bytes = integer(options, 'bytes', 1, 8);
  if (bytes !== 1 && bytes !== 2 && bytes !== 3 && bytes !== 4 && bytes !== 8) {
    throw new RangeError(`bytes must be 1, 2, 3, 4 or 8, not ${bytes}`);
  }
  return {
    bytes,
    littleEndian: flag(options, 'littleEndian', false),
    offset: integer(options, 'offset', 0, MAX_OFFSET_BYTES, 0),
    adjustment: integer(options, 'adjustment', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0),
    keepHeader: flag(options, 'keepHeader', false),
  };
}
