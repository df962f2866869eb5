import { types } from 'node:util';

import { typeName } from '../system/type-name.ts';
import { INT_MAX, isInteger, toInteger } from '../system/integer.ts';
import { nanoseconds, type Timeout } from '../system/timeout.ts';

// Conversions of arguments, with the checks and the messages of CPython, Python/getargs.c: a wrong type throws a TypeError,
// and a wrong value a RangeError. `method`, the name in CPython, and `position`, from 1, are for the message.

const SSIZE_LIMIT = 2 ** 63;
const NS_PER_SECOND = 1e9;

/** Converts to a C int, CPython's format unit `i`: true is 1, and a bigint is accepted. */
export function toInt(value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  const int = toInteger(value);
  if (int > INT_MAX) throw new RangeError('signed integer is greater than maximum');
  if (int < -INT_MAX - 1) throw new RangeError('signed integer is less than minimum');
  return int;
}

/** Converts to a C ssize_t, format unit `n`. The meaning of a negative size differs from call to call. */
export function toSize(value: unknown): number {
  const size = toInteger(value);
  if (size >= SSIZE_LIMIT || size < -SSIZE_LIMIT) {
    throw new RangeError('Python int too large to convert to C ssize_t');
  }
  return size;
}

/** Accepts the counterpart of Python's bytes-like object; a string has to be encoded first. */
export function toBytes(value: unknown): Uint8Array {
  if (types.isUint8Array(value)) return value;
  throw new TypeError(`a bytes-like object is required, not '${typeName(value)}'`);
}

export function toWritable(value: unknown, method: string): Uint8Array {
  if (types.isUint8Array(value)) return value;
  throw new TypeError(`${method}() argument 1 must be read-write bytes-like object, not ${argumentType(value)}`);
}

/** Accepts a string without a null character, format unit `s`. */
export function toText(value: unknown, method: string, position: number): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${method}() argument ${position} must be str, not ${argumentType(value)}`);
  }
  if (value.includes('\0')) throw new RangeError('embedded null character');
  refuseSurrogates(value);
  return value;
}

/**
 * Throws the counterpart of Python's UnicodeEncodeError, a ValueError. UTF-8 cannot encode half of a surrogate pair; Node
 * would put U+FFFD in its place, and so ask the system for another name.
 */
export function refuseSurrogates(text: string): void {
  const position = text.search(/\p{Surrogate}/u);
  if (position < 0) return;
  const escaped = `\\u${text.charCodeAt(position).toString(16)}`;
  throw new RangeError(
    `'utf-8' codec can't encode character '${escaped}' in position ${position}: surrogates not allowed`,
  );
}

/** Decodes bytes as UTF-8. Returns any other value as it is. */
export function decoded(value: unknown): unknown {
  return types.isUint8Array(value) ? Buffer.from(value).toString() : value;
}

/** Converts a file's name, a string or bytes: CPython, Objects/unicodeobject.c, `PyUnicode_FSConverter`. */
export function toFileSystemName(value: unknown): string {
  const name = decoded(value);
  if (typeof name !== 'string') {
    throw new TypeError(`expected str, bytes or os.PathLike object, not ${typeName(value)}`);
  }
  refuseSurrogates(name);
  if (name.includes('\0')) throw new RangeError('embedded null byte');
  return name;
}

/** Returns the elements of an iterable in a new array. */
export function toList(value: unknown, method: string, position: number): unknown[] {
  const isIterable =
    typeof value === 'string' ||
    (typeof value === 'object' &&
      value !== null &&
      typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function');
  if (!isIterable) throw new TypeError(`${method}() argument ${position} must be an iterable`);
  return Array.from(value as Iterable<unknown>);
}

/**
 * Converts a socket's timeout in seconds to nanoseconds, rounded up. `null` and `undefined` wait without limit and
 * become -1; 0 means non-blocking.
 * @see CPython, Modules/socketmodule.c, `socket_parse_timeout`
 */
export function toTimeoutNs(seconds: Timeout): number {
  if (seconds === null || seconds === undefined) return -1;
  const ns = nanoseconds(seconds, NS_PER_SECOND, `'${typeName(seconds)}' object cannot be interpreted as an integer`);
  if (ns < 0) throw new RangeError('Timeout value out of range');
  return ns;
}

/** Converts a socket's timeout from nanoseconds (-1 waits without limit) to seconds (`null` waits without limit). */
export function toSeconds(ns: number): number | null {
  return ns < 0 ? null : ns / NS_PER_SECOND;
}

/** Names a value's type as `converterr` does: as `typeName`, but 'None' for null and undefined. */
export function argumentType(value: unknown): string {
  return value === null || value === undefined ? 'None' : typeName(value);
}

/**
 * Converts the size argument of a file's read. A negative number and `null` mean "no limit" and become Infinity.
 * @see CPython, Modules/_io/_iomodule.c, `_Py_convert_optional_to_ssize_t`
 */
export function toLimit(size: unknown): number {
  if (size === null) return Infinity;
  if (!isInteger(size)) {
    throw new TypeError(`argument should be integer or None, not '${typeName(size)}'`);
  }
  const limit = Number(size);
  if (limit >= SSIZE_LIMIT || limit < -SSIZE_LIMIT) {
    throw new RangeError("cannot fit 'int' into an index-sized integer");
  }
  return limit < 0 ? Infinity : limit;
}
