// The values of the scenarios: JSON, and tagged forms for what JSON lacks. Both runners read them as arguments and
// write them as results, so that a result is compared with what an argument would be written as.

export { address, bits, bytes } from '../../src/explain/step.ts';

/** A value in a scenario. */
export type Value = null | boolean | number | string | Value[] | Tagged;

/** What JSON has no words for. */
export type Tagged =
  /** What the scenario has given this name, identity included. */
  | { object: string }
  /** The fd of what has this name; once closed, the number that it had. */
  | { fd: string }
  /** The address that the socket is bound to. */
  | { address: string }
  /** The constants of these names, joined by |. */
  | { bits: string[] }
  /** Python's float where JSON has an int or nothing: '1.0', 'nan', '-inf'. */
  | { float: string }
  /** An int beyond 2**53: a bigint here. */
  | { int: string }
  /** Latin-1 text for the bytes. */
  | { bytes: string }
  | { tuple: Value[] }
  | { set: Value[] }
  | { generator: Value[] }
  /** An object whose `fileno()` returns this. */
  | { fileno: Value }
  /** An object whose `fileno()` raises an error of this Python class. */
  | { filenoRaises: string }
  /** An object whose `fileno` is no method, but this. */
  | { filenoIs: Value }
  /** An object with nothing. */
  | { plain: true }
  /** Python's keyword arguments, under its names; an options object here. */
  | { keywords: Record<string, Value> }
  /** A result: selectors' key. */
  | { key: [fileobj: Value, fd: Value, events: Value, data: Value] }
  /** A result: an object that the scenario gives no name. */
  | { unnamed: string };

/** What the scenario has named. */
export const the = (name: string): Value => ({ object: name });
/** The fd of it, also once it is closed. */
export const fd = (name: string): Value => ({ fd: name });
/** Python's float where JSON has an int or nothing. */
export const float = (text: string): Value => ({ float: text });
/** An int of any size. */
export const int = (value: bigint): Value => ({ int: String(value) });
/** Python's tuple, an array here. */
export const tuple = (...items: Value[]): Value => ({ tuple: items });
/** An address of AF_INET. */
export const inet = (host: Value, port: Value): Value => tuple(host, port);
/** An object whose `fileno()` returns the value. */
export const fileno = (value: Value): Value => ({ fileno: value });
/** An object whose `fileno()` raises. */
export const filenoRaises = (type: string): Value => ({ filenoRaises: type });
/** An object with nothing. */
export const plain: Value = { plain: true };
/** selectors' key, in results. */
export const key = (fileobj: Value, fd: Value, events: number, data: Value = null): Value => ({
  key: [fileobj, fd, events, data],
});
