import type { Framing } from '../../server/framing/framing.ts';

/** The forms of `--framing`, each with the description of a message. */
export const framingForms = {
  chunk: 'the bytes of one recv',
  line: 'ends with a newline; the newline and a carriage return before it are removed',
  'line:keep-cr': 'ends with a newline; only the newline is removed',
  'delimiter:TEXT': 'ends with this text of 1 to 64 bytes; it may contain \\n \\r \\t \\0 \\xHH \\\\',
  'fixed:BYTES': 'has this length',
  'length-prefixed:BYTES': 'follows its length, which is a number of 1, 2, 3, 4 or 8 bytes',
  netstring: 'as in 5:hello,',
  'octet-counting': 'as in 5 hello, which logger --tcp --octet-count sends (RFC 6587)',
  eof: 'all bytes until the client closes',
};

/** What may follow `length-prefixed:BYTES`, in any order. */
export const lengthPrefixedSuffixes = {
  ',little-endian': 'the lowest byte of the length comes first',
  ',offset=N': 'N bytes come before the length',
  ',adjustment=N': 'the length plus N bytes follow; N is negative when the length includes the header',
  ',keep-header': 'the header stays a part of the message',
};

export type LengthPrefixed = Extract<Framing, Record<'kind', 'lengthPrefixed'>>;

const MAX_DELIMITER_BYTES = 64;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', '\\': '\\' };

/** Parses the value of `--framing`, such as 'length-prefixed:4,little-endian'. Returns `undefined` when it is invalid. */
export function parseFraming(text: string): Framing | undefined {
  const [, name = '', parameter] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  switch (name) {
    case 'chunk':
    case 'line':
    case 'netstring':
    case 'octet-counting':
    case 'eof':
      if (name === 'line' && parameter === 'keep-cr') return { kind: 'line', stripCr: false };
      return parameter === undefined ? name : undefined;
    case 'delimiter':
      return parseDelimiter(parameter ?? '');
    case 'fixed':
      return /^[1-9]\d{0,9}$/.test(parameter ?? '') ? { kind: 'fixed', length: Number(parameter) } : undefined;
    case 'length-prefixed':
      return parseLengthPrefixed(parameter ?? '');
    default:
      return undefined;
  }
}

function parseDelimiter(text: string): Framing | undefined {
  if (!/^([^\\]|\\[nrt0\\]|\\x[\da-fA-F]{2})+$/su.test(text)) return undefined;
  const parts = text.split(/(\\x[\da-fA-F]{2}|\\.)/).map((part) => {
    if (!part.startsWith('\\')) return Buffer.from(part);
    return part.length === 4 ? Buffer.from(part.slice(2), 'hex') : Buffer.from(ESCAPES[part.slice(1)] ?? part.slice(1));
  });
  const delimiter = Buffer.concat(parts);
  return delimiter.length <= MAX_DELIMITER_BYTES ? { kind: 'delimiter', delimiter } : undefined;
}

function parseLengthPrefixed(text: string): Framing | undefined {
  const [size, ...suffixes] = text.split(',');
  if (size === undefined || !/^[12348]$/.test(size)) return undefined;
  let framing: LengthPrefixed = { kind: 'lengthPrefixed', bytes: Number(size) as LengthPrefixed['bytes'] };
  for (const suffix of suffixes) {
    const parsed = parseSuffix(suffix);
    if (parsed === undefined) return undefined;
    framing = { ...framing, ...parsed };
  }
  return framing;
}

function parseSuffix(text: string): Partial<LengthPrefixed> | undefined {
  if (text === 'little-endian') return { littleEndian: true };
  if (text === 'keep-header') return { keepHeader: true };
  const [, name, value] = /^(offset|adjustment)=(-?\d{1,5})$/.exec(text) ?? [];
  if (name === undefined || (name === 'offset' && Number(value) < 0)) return undefined;
  return { [name]: Number(value) };
}
