import { inspect } from 'node:util';

import { OSError } from '../../../src/system/errors.ts';
import { eventNames } from '../../../src/explain/event-names.ts';
import { Epoll, Poll } from '../../../src/select.ts';
import { SelectorKey, SelectSelector } from '../../../src/selectors.ts';
import { Socket } from '../../../src/socket.ts';
import type { Failure } from '../outcome.ts';
import type { Value } from '../values.ts';
import { isScenarioFd } from './fd-range.ts';
import type { World } from './world.ts';

// The kernel chooses ports from here on for bind and connect; which port it chooses is random.
const EPHEMERAL = 32768;

/** Writes a result. */
export function encode(world: World, result: unknown): Value {
  switch (typeof result) {
    case 'undefined':
      return null;
    case 'number':
      return encodeNumber(world, result);
    case 'bigint':
      return { int: String(result) };
    case 'boolean':
    case 'string':
      return result;
    default:
      return result === null ? null : encodeObject(world, result as object);
  }
}

function encodeNumber(world: World, value: number): Value {
  const name = isScenarioFd(value) ? world.nameOfFd(value) : undefined;
  if (name !== undefined) return { fd: name };
  return Number.isFinite(value) ? value : { float: String(value).replace('Infinity', 'inf').replace('NaN', 'nan') };
}

function encodeObject(world: World, object: object): Value {
  const name = world.nameOf(object);
  if (name !== undefined) return { object: name };
  if (object instanceof Uint8Array) return { bytes: Buffer.from(object).toString('latin1') };
  if (object instanceof SelectorKey) {
    const { fileobj, fd, events, data } = object as SelectorKey;
    return { key: [encode(world, fileobj), encode(world, fd), events, encode(world, data)] };
  }
  if (isAddress(object)) return [object[0], 'port'];
  if (Array.isArray(object) || 'next' in object) {
    return Array.from(object as Iterable<unknown>, (item) => encode(world, item));
  }
  return { unnamed: object.constructor.name.toLowerCase() };
}

function isAddress(object: object): object is [string, number] {
  return Array.isArray(object) && object.length === 2 && typeof object[0] === 'string' && object[1] >= EPHEMERAL;
}

/** Writes the result of an object's method, if the form depends on the method. */
export function encodeResultOf(world: World, owner: unknown, method: string, result: unknown): Value {
  if ((owner instanceof Poll || owner instanceof Epoll) && method === 'poll') {
    return (result as [number, number][]).map(([fd, mask]) => [encode(world, fd), eventNames(mask)]);
  }
  const value = encode(world, result);
  // Python's order is that of a set of ints, which is random.
  return owner instanceof SelectSelector && method === 'select' ? sorted(value as Value[]) : value;
}

function sorted(items: Value[]): Value[] {
  return items
    .map((item) => JSON.stringify(item))
    .sort()
    .map((text) => JSON.parse(text) as Value);
}

/** Writes an error. */
export function failure(world: World, error: unknown): Failure {
  if (!(error instanceof Error)) throw new Error(`thrown, and no error: ${inspect(error)}`);
  if (!(error instanceof OSError) || error.errno === undefined) {
    return { error: error.name, message: withNames(world, error.message) };
  }
  return { error: error.name, errno: error.code ?? error.errno, message: error.strerror ?? '' };
}

// The messages of selectors contain fds and the repr of objects.
function withNames(world: World, message: string): string {
  let text = message;
  if (/registered|Invalid file object/.test(message)) {
    for (const [name, object] of world.objects) {
      if (typeof object !== 'object' || object === null) continue;
      // Only the repr of a socket says which one it is.
      text = text.replaceAll(inspect(object), object instanceof Socket ? name : 'an object');
    }
  }
  return text
    .replace(/(?<=^Invalid [a-z ]+: )(null|undefined)$/, 'None')
    .replace(/\b\d{3}\b/g, (digits) =>
      isScenarioFd(Number(digits)) ? (world.nameOfFd(Number(digits)) ?? digits) : digits,
    );
}
