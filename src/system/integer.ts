import { typeName } from './type-name.ts';

/** The largest value of a C int. */
export const INT_MAX = 2 ** 31 - 1;

/** Whether Python accepts a value as an integer: it accepts a bool, which counts as 0 or 1. */
export function isInteger(value: unknown): value is number | bigint | boolean {
  return Number.isInteger(value) || typeof value === 'bigint' || typeof value === 'boolean';
}

/** Python's conversion to an integer of any size: CPython, Objects/abstract.c, `PyNumber_Index`. */
export function toInteger(value: unknown): number {
  if (isInteger(value)) return Number(value);
  throw new TypeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/**
 * Python's conversion to a C unsigned int, which keeps the lower 32 bits: CPython, Python/getargs.c, format unit `I`.
 */
export function toUint32(value: unknown): number {
  return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : toInteger(value) >>> 0;
}
