import { typeName } from './errors.ts';

/** The largest value of a C int. */
export const INT_MAX = 2 ** 31 - 1;

/**
 * Python's idea of an integer, of any size.
 * @param value What the caller gave.
 * @returns The integer as a number.
 * @throws {TypeError} Where it is none.
 * @see CPython, Objects/abstract.c, `PyNumber_Index`
 */
export function toInteger(value: unknown): number {
  if (Number.isInteger(value) || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  throw new TypeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/**
 * Python's converter to a C unsigned int, which cuts off what is above 32 bits.
 * @param value What the caller gave.
 * @returns An integer from 0 to 2**32 - 1.
 * @throws {TypeError} Where it is no integer.
 * @see CPython, Python/getargs.c, format unit `I`
 */
export function toUint32(value: unknown): number {
  return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : toInteger(value) >>> 0;
}
