import { types } from 'node:util';

import { typeName } from '../system/errors.ts';
import { INT_MAX, toInteger } from '../system/integer.ts';
import { nanoseconds, type Timeout } from '../system/timeout.ts';

const SSIZE_LIMIT = 2 ** 63;
const NS_PER_SECOND = 1e9;

/**
 * Converts to a C int, as Python does: true is 1, and a bigint is accepted.
 * @throws {TypeError} When the value is not an integer.
 * @throws {RangeError} When the value does not fit into 32 bits.
 * @see CPython, Python/getargs.c, format unit `i`
 */
export function toInt(value: unknown): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  const int = toInteger(value);
  if (int > INT_MAX) throw new RangeError('signed integer is greater than maximum');
  if (int < -INT_MAX - 1) throw new RangeError('signed integer is less than minimum');
  return int;
}

/**
 * Converts to a C ssize_t. Negative sizes are returned as they are, because their meaning differs from call to call.
 * @throws {TypeError} When the value is not an integer.
 * @throws {RangeError} When the value does not fit into 64 bits.
 * @see CPython, Python/getargs.c, format unit `n`
 */
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

/** Accepts a buffer to write into. `method` is the method's name in CPython, for the message. */
export function toWritable(value: unknown, method: string): Uint8Array {
  if (types.isUint8Array(value)) return value;
  throw new TypeError(`${method}() argument 1 must be read-write bytes-like object, not ${argumentType(value)}`);
}

/**
 * Accepts a string that C can read. `method` (in CPython) and `position` (from 1) are for the message.
 * @throws {TypeError} When the value is not a string.
 * @throws {RangeError} When the string contains a null character.
 * @see CPython, Python/getargs.c, format unit `s`
 */
export function toText(value: unknown, method: string, position: number): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${method}() argument ${position} must be str, not ${argumentType(value)}`);
  }
  if (value.includes('\0')) throw new RangeError('embedded null character');
  return value;
}

/**
 * Converts a name in the file system's encoding, given as a string or as bytes, to a string.
 * @throws {TypeError} When the value is neither.
 * @throws {RangeError} When the name contains a null byte.
 * @see CPython, Objects/unicodeobject.c, `PyUnicode_FSConverter`
 */
export function toFileSystemName(value: unknown): string {
  const name = types.isUint8Array(value) ? Buffer.from(value).toString() : value;
  if (typeof name !== 'string') {
    throw new TypeError(`expected str, bytes or os.PathLike object, not ${typeName(value)}`);
  }
  if (name.includes('\0')) throw new RangeError('embedded null byte');
  return name;
}

/**
 * Returns the elements of an iterable in a new array. `method` (in CPython) and `position` (from 1) are for the
 * message.
 */
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
 * @throws {TypeError} When the value is not a number.
 * @throws {RangeError} When the value is negative, NaN or over 292 years.
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

/**
 * Names a value's type as CPython's argument parser does: as `typeName`, but 'None' for null and undefined.
 * @see CPython, Python/getargs.c, `converterr`
 */
export function argumentType(value: unknown): string {
  return value === null || value === undefined ? 'None' : typeName(value);
}

/**
 * Converts the size argument of a file's read. A negative number and `null` mean "no limit" and become Infinity.
 * @throws {TypeError} When the value is neither an integer nor `null`.
 * @throws {RangeError} When the value does not fit into 64 bits.
 * @see CPython, Modules/_io/_iomodule.c, `_Py_convert_optional_to_ssize_t`
 */
export function toLimit(size: unknown): number {
  if (size === null) return Infinity;
  if (!Number.isInteger(size) && typeof size !== 'bigint' && typeof size !== 'boolean') {
    throw new TypeError(`argument should be integer or None, not '${typeName(size)}'`);
  }
  const limit = Number(size);
  if (limit >= SSIZE_LIMIT || limit < -SSIZE_LIMIT) {
    throw new RangeError("cannot fit 'int' into an index-sized integer");
  }
  return limit < 0 ? Infinity : limit;
}
