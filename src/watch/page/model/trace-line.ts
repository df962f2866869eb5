import type { TraceHeader, TraceLine } from '../../../trace/format.ts';

// A browser loads this module, so it imports no values from the format. Its types check the values below.
const VERSION: TraceHeader['tripollTrace'] = 1;
const TYPES: Readonly<Record<TraceLine['type'], true>> = {
  turn: true,
  open: true,
  close: true,
  signal: true,
  action: true,
  hold: true,
  end: true,
};

/**
 * Reads a line of a trace, which the server has checked. Returns `undefined` for an unknown type and for an incomplete line.
 * @throws {RangeError} When the trace has another version.
 */
export function parseLine(text: string): TraceHeader | TraceLine | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('tripollTrace' in value) return checkVersion(value as TraceHeader);
  if (!('type' in value) || !Object.hasOwn(TYPES, value.type as string)) return undefined;
  return value as TraceLine;
}

export function isHeader(line: TraceHeader | TraceLine): line is TraceHeader {
  return 'tripollTrace' in line;
}

function checkVersion(header: TraceHeader): TraceHeader {
  const version: number = header.tripollTrace;
  if (version === VERSION) return header;
  throw new RangeError(`This trace has version ${version}; this page reads version ${VERSION}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
