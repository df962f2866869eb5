// The values of the scenarios: JSON, and tagged forms for values that JSON lacks. Both runners read them as arguments
// and write them as results, so a result can be compared with the form of an argument.

export { address, bits, bytes } from '../../src/explain/step.ts';

/** A value in a scenario. */
export type Value = null | boolean | number | string | Value[] | Tagged;

/** Values that JSON lacks. */
export type Tagged =
  /** The object with this name in the scenario; its identity counts. */
  | { object: string }
  /** The fd of the file with this name, even after it was closed. */
  | { fd: string }
  /** The address that the socket is bound to. */
  | { address: string }
  /** Constants joined by |, by their names. */
  | { bits: string[] }
  /** Python's float, if JSON has only an int or no form: '1.0', 'nan', '-inf'. */
  | { float: string }
  /** An int beyond 2**53; a bigint in tripoll. */
  | { int: string }
  /** Bytes, as Latin-1 text. */
  | { bytes: string }
  | { tuple: Value[] }
  | { set: Value[] }
  | { generator: Value[] }
  /** An object whose `fileno()` returns this value. */
  | { fileno: Value }
  /** An object whose `fileno()` raises an error of this Python class. */
  | { filenoRaises: string }
  /** An object whose `fileno` is this value instead of a method. */
  | { filenoIs: Value }
  /** An object without any attributes. */
  | { plain: true }
  /** Python's keyword arguments, by Python's names; an options object in tripoll. */
  | { keywords: Record<string, Value> }
  /** A result: a key of a selector. */
  | { key: [fileobj: Value, fd: Value, events: Value, data: Value] }
  /** A result: an object without a name in the scenario. */
  | { unnamed: string };

/** The object with this name. */
export const the = (name: string): Value => ({ object: name });
/** The fd of the file with this name, even after it was closed. */
export const fd = (name: string): Value => ({ fd: name });
/** Python's float, if JSON has only an int or no form. */
export const float = (text: string): Value => ({ float: text });
/** An int of any size. */
export const int = (value: bigint): Value => ({ int: String(value) });
/** Python's tuple; an array in tripoll. */
export const tuple = (...items: Value[]): Value => ({ tuple: items });
/** An AF_INET address. */
export const inet = (host: Value, port: Value): Value => tuple(host, port);
/** An object whose `fileno()` returns this value. */
export const fileno = (value: Value): Value => ({ fileno: value });
/** An object whose `fileno()` raises an error of this class. */
export const filenoRaises = (type: string): Value => ({ filenoRaises: type });
/** An object without any attributes. */
export const plain: Value = { plain: true };
/** A key of a selector, in results. */
export const key = (fileobj: Value, fd: Value, events: number, data: Value = null): Value => ({
  key: [fileobj, fd, events, data],
});
