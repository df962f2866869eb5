import { INT_MAX } from '../system/integer.ts';
import { types } from 'node:util';

import { typeName } from '../system/errors.ts';
import { toInteger } from '../system/integer.ts';
import { nanoseconds, type Timeout } from '../system/timeout.ts';

const SSIZE_LIMIT = 2 ** 63;
const NS_PER_SECOND = 1e9;

/**
 * Python's converter to a C int; booleans are 0 and 1, bigints are taken.
 * @param value What the caller gave.
 * @returns An integer from -2**31 to 2**31 - 1.
 * @throws {TypeError} Where it is no integer.
 * @throws {RangeError} Where 32 bits do not hold it.
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
 * Python's converter to a C ssize_t, for sizes.
 * @param value What the caller gave.
 * @returns An integer, negative or not: what a negative one means differs from call to call.
 * @throws {TypeError} Where it is no integer.
 * @throws {RangeError} Where 64 bits do not hold it.
 * @see CPython, Python/getargs.c, format unit `n`
 */
export function toSize(value: unknown): number {
  const size = toInteger(value);
  if (size >= SSIZE_LIMIT || size < -SSIZE_LIMIT) {
    throw new RangeError('Python int too large to convert to C ssize_t');
  }
  return size;
}

/**
 * Bytes to be read: Python's bytes-like object.
 * @param value What the caller gave.
 * @returns The same, a Uint8Array.
 * @throws {TypeError} Where it is none; a string has to be encoded first.
 */
export function toBytes(value: unknown): Uint8Array {
  if (types.isUint8Array(value)) return value;
  throw new TypeError(`a bytes-like object is required, not '${typeName(value)}'`);
}

/**
 * Bytes to be written into.
 * @param value What the caller gave.
 * @param method The method's name in CPython, for the message.
 * @returns The same, a Uint8Array.
 * @throws {TypeError} Where it is none.
 */
export function toWritable(value: unknown, method: string): Uint8Array {
  if (types.isUint8Array(value)) return value;
  throw new TypeError(`${method}() argument 1 must be read-write bytes-like object, not ${argumentType(value)}`);
}

/**
 * A string that C can take.
 * @param value What the caller gave.
 * @param method The function's name in CPython, for the message.
 * @param position Which argument it is, from 1.
 * @returns The same.
 * @throws {TypeError} Where it is no string.
 * @throws {RangeError} Where it holds a null character.
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
 * A name in the file system's encoding, as a string or as bytes.
 * @param value What the caller gave.
 * @returns It as a string.
 * @throws {TypeError} Where it is neither.
 * @throws {RangeError} Where it holds a null byte.
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
 * The elements of an argument that Python wants to be iterable.
 * @param value What the caller gave.
 * @param method The method's name in CPython, for the message.
 * @param position Which argument it is, from 1.
 * @returns A new array.
 * @throws {TypeError} Where it cannot be iterated.
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
 * A socket's timeout.
 * @param seconds Seconds, rounded up to the nanosecond; 0 is non-blocking, `null` or `undefined` waits for ever.
 * @returns Nanoseconds, or -1 to wait for ever.
 * @throws {TypeError} Where it is no number.
 * @throws {RangeError} Where it is negative, NaN or over 292 years.
 * @see CPython, Modules/socketmodule.c, `socket_parse_timeout`
 */
export function toTimeoutNs(seconds: Timeout): number {
  if (seconds === null || seconds === undefined) return -1;
  const ns = nanoseconds(seconds, NS_PER_SECOND, `'${typeName(seconds)}' object cannot be interpreted as an integer`);
  if (ns < 0) throw new RangeError('Timeout value out of range');
  return ns;
}

/**
 * A timeout as Python tells it.
 * @param ns Nanoseconds, or -1 for ever.
 * @returns Seconds; `null` for ever.
 */
export function toSeconds(ns: number): number | null {
  return ns < 0 ? null : ns / NS_PER_SECOND;
}

/**
 * A value's type as CPython's argument parser names it.
 * @param value Any value.
 * @returns As `typeName`, but 'None'.
 * @see CPython, Python/getargs.c, `converterr`
 */
export function argumentType(value: unknown): string {
  return value === null || value === undefined ? 'None' : typeName(value);
}

/**
 * The limit of a file's read, Python's converter of an optional ssize_t.
 * @param size How many; negative or `null` is all.
 * @returns The number, or Infinity.
 * @throws {TypeError} Where it is neither an integer nor `null`.
 * @throws {RangeError} Where 64 bits do not hold it.
 * @see CPython, Python/modsupport.c, `_Py_convert_optional_to_ssize_t`
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
