import { inspect } from 'node:util';

import { chunk } from './kinds/chunk.ts';
import { custom, type FramingFunction } from './kinds/custom.ts';
import { delimiter, type DelimiterHandling, line } from './kinds/delimiter.ts';
import { eof } from './kinds/eof.ts';
import type { Finder } from './finder.ts';
import { fixed } from './kinds/fixed.ts';
import { FrameReader } from './frame-reader.ts';
import { JoinBuffer } from './join-buffer.ts';
import { type LengthField, lengthPrefixed } from './kinds/length-prefixed.ts';
import { netstring } from './kinds/netstring.ts';
import { octetCounting } from './kinds/octet-counting.ts';
import { MessageCopies } from './message-copies.ts';

export type { FrameExtent, FramingFunction } from './kinds/custom.ts';
export { FramingError, type FramingReason } from './framing-error.ts';

/** The rule that cuts the bytes of a connection into messages. */
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

/** Each message ends with a newline. A last line without a newline is not a message: it goes to `onUnfinished`. */
export interface LineFraming {
  /** The name of the framing. */
  readonly kind: 'line';
  /** Whether a carriage return at the end of a line is removed; true by default. */
  readonly stripCr?: boolean | undefined;
  /**
   * Whether the message includes its newline and the carriage return before it, as the result of Python's `readline` does.
   * They then count for `maxMessageBytes`. False by default.
   */
  readonly keepDelimiter?: boolean | undefined;
}

/** Each message ends with the same bytes. */
export interface DelimiterFraming {
  /** The name of the framing. */
  readonly kind: 'delimiter';
  /** The bytes at the end of a message: 1 to 64 of them, or a string that is 1 to 64 bytes long in UTF-8. */
  readonly delimiter: string | Uint8Array;
  /** Whether the message includes them; they then count for `maxMessageBytes`. False by default. */
  readonly keepDelimiter?: boolean | undefined;
}

/** All messages have the same length. */
export interface FixedFraming {
  /** The name of the framing. */
  readonly kind: 'fixed';
  /** The length of a message in bytes: 1 to `maxMessageBytes`. */
  readonly length: number;
}

/** Each message follows a header that states the message's length in binary. */
export interface LengthPrefixedFraming {
  /** The name of the framing. */
  readonly kind: 'lengthPrefixed';
  /** The size of the length field, in bytes: 1, 2, 3, 4 or 8. */
  readonly bytes: LengthField['bytes'];
  /** Whether the length field's lowest byte comes first; false by default, which is network byte order. */
  readonly littleEndian?: boolean | undefined;
  /** The number of header bytes before the length field, 0 to 65,535; 0 by default. */
  readonly offset?: number | undefined;
  /**
   * A number that is added to the length field to find the number of bytes that follow it; negative when the field also counts
   * the header. 0 by default.
   */
  readonly adjustment?: number | undefined;
  /** Whether the message includes the header and the length field; they then count for `maxMessageBytes`. False by default. */
  readonly keepHeader?: boolean | undefined;
}

const MAX_DELIMITER_BYTES = 64;
const MAX_OFFSET_BYTES = 65_535;
// With this limit every offset fits an int32, and a Buffer of this size exists in every supported version of Node.
const MAX_BYTES = 2 ** 30;

type Options = Readonly<Record<string, unknown>>;

const kinds: Readonly<Record<string, (options: Options, maxMessageBytes: number) => Finder>> = {
  chunk: (_, max) => chunk(max),
  line: (options, max) => line(delimiterHandling(options, flag(options, 'stripCr', true) ? 'cut with CR' : 'cut'), max),
  netstring: (_, max) => netstring(max),
  'octet-counting': (_, max) => octetCounting(max),
  eof: (_, max) => eof(max),
  delimiter: (options, max) => delimiter(delimiterOf(options), max, delimiterHandling(options, 'cut')),
  fixed: (options, max) => fixed(integer(options, 'length', 1, max)),
  lengthPrefixed: (options, max) => lengthPrefixed(lengthFieldOf(options), max),
};

/**
 * Checks the option `framing`. Returns a function that makes the frame reader of a connection. A reader holds at most one
 * message of `maxMessageBytes` (0 and Infinity: 1 GiB), one receive buffer and the framing's own bytes, and nothing between
 * messages. Throws a TypeError for a value that is not a framing or an option of a wrong type, and a RangeError for an unknown
 * kind or an option out of its range.
 */
export function createFraming(
  framing: Framing | undefined,
  maxMessageBytes: number,
  copies = new MessageCopies(),
): () => FrameReader {
  const isUnlimited = maxMessageBytes === 0 || maxMessageBytes === Infinity;
  const limit = isUnlimited ? MAX_BYTES : integer({ maxMessageBytes }, 'maxMessageBytes', 0, Number.MAX_SAFE_INTEGER);
  const finder = finderOf(framing ?? 'chunk', Math.min(limit, MAX_BYTES));
  const joinBuffer = new JoinBuffer();
  return () => new FrameReader(finder, joinBuffer, copies);
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

function delimiterHandling(options: Options, otherwise: DelimiterHandling): DelimiterHandling {
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
