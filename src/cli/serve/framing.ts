import type { Framing } from '../../server/framing/framing.ts';

/** The forms of `--framing`, each with what it means. */
export const framingForms = {
  chunk: 'what each recv gives',
  line: 'ends with a newline, which with a carriage return before it is cut off',
  'line:keep-cr': 'the same, and a carriage return stays',
  'delimiter:TEXT': 'ends with 1 to 64 bytes; \\n \\r \\t \\0 \\xHH \\\\ are known',
  'fixed:BYTES': 'has this length',
  'length-prefixed:BYTES': 'after its length in 1, 2, 3, 4 or 8 bytes; may be followed by any of',
  '  ,little-endian': 'the lowest byte of the length comes first',
  '  ,offset=N': 'N bytes come before the length',
  '  ,adjustment=N': 'the length plus N is what follows it; negative where it counts the header',
  '  ,keep-header': 'what comes before the message is part of it',
  netstring: '5:hello,',
  'octet-counting': '5 hello, as logger --tcp --octet-count sends it (RFC 6587)',
  eof: 'all until the client closes',
};

/** The framing by a length that comes first. */
export type LengthPrefixed = Extract<Framing, Record<'kind', 'lengthPrefixed'>>;

const MAX_DELIMITER_BYTES = 64;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', '\\': '\\' };

/**
 * Reads a framing.
 * @param text As after `--framing`: 'line', 'delimiter:\0', 'length-prefixed:4,little-endian'.
 * @returns The framing, or `undefined` where the text is none.
 */
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
      return delimiter(parameter ?? '');
    case 'fixed':
      return /^[1-9]\d{0,9}$/.test(parameter ?? '') ? { kind: 'fixed', length: Number(parameter) } : undefined;
    case 'length-prefixed':
      return lengthPrefixed(parameter ?? '');
    default:
      return undefined;
  }
}

function delimiter(text: string): Framing | undefined {
  if (!/^([^\\]|\\[nrt0\\]|\\x[\da-fA-F]{2})+$/su.test(text)) return undefined;
  const parts = text.split(/(\\x[\da-fA-F]{2}|\\.)/).map((part) => {
    if (!part.startsWith('\\')) return Buffer.from(part);
    return part.length === 4 ? Buffer.from(part.slice(2), 'hex') : Buffer.from(ESCAPES[part.slice(1)] ?? part.slice(1));
  });
  const bytes = Buffer.concat(parts);
  return bytes.length <= MAX_DELIMITER_BYTES ? { kind: 'delimiter', delimiter: bytes } : undefined;
}

function lengthPrefixed(text: string): Framing | undefined {
  const [size, ...options] = text.split(',');
  if (size === undefined || !/^[12348]$/.test(size)) return undefined;
  let framing: LengthPrefixed = { kind: 'lengthPrefixed', bytes: Number(size) as LengthPrefixed['bytes'] };
  for (const option of options) {
    const read = lengthOption(option);
    if (read === undefined) return undefined;
    framing = { ...framing, ...read };
  }
  return framing;
}

function lengthOption(text: string): Partial<LengthPrefixed> | undefined {
  if (text === 'little-endian') return { littleEndian: true };
  if (text === 'keep-header') return { keepHeader: true };
  const [, name, value] = /^(offset|adjustment)=(-?\d{1,5})$/.exec(text) ?? [];
  if (name === undefined || (name === 'offset' && Number(value) < 0)) return undefined;
  return { [name]: Number(value) };
}
