import { headerShape, lineShapes, TRACE_VERSION, type TraceHeader, type TraceLine } from './format.ts';
import { invalidField, isObject } from './shape.ts';

/** Says in one sentence why a trace cannot be read. */
export class TraceError extends Error {}

export function parseHeader(text: string): TraceHeader {
  const value = parseObject(text);
  const version = value?.tripollTrace;
  if (value === undefined || version === undefined) throw new TraceError('this is no trace of tripoll');
  if (version !== TRACE_VERSION) {
    const wanted = `this tripoll reads version ${TRACE_VERSION}`;
    throw new TraceError(`the trace is of version ${JSON.stringify(version)}, and ${wanted}`);
  }
  const invalid = invalidField(value, headerShape);
  if (invalid !== undefined) throw new TraceError(`the first line has no valid '${invalid}'`);
  return value as unknown as TraceHeader;
}

/** Reads any other line of a trace. Returns `undefined` for a type that this version does not know. */
export function parseLine(text: string): TraceLine | undefined {
  const value = parseObject(text);
  if (value === undefined) throw new TraceError('this is no JSON object');
  const { type } = value;
  if (typeof type !== 'string') throw new TraceError("it has no valid 'type'");
  if (!Object.hasOwn(lineShapes, type)) return undefined;
  const invalid = invalidField(value, lineShapes[type as TraceLine['type']]);
  if (invalid !== undefined) throw new TraceError(`the ${type} has no valid '${invalid}'`);
  return value as unknown as TraceLine;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
