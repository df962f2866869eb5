import { inspect } from 'node:util';

import { KeyError, OSError } from '../../../src/system/errors.ts';
import { maskOf } from '../../../src/explain/mask.ts';
import type { Socket } from '../../../src/socket.ts';
import type { Tagged, Value } from '../values.ts';
import { ourName } from './naming.ts';
import type { World } from './world.ts';

/** Returns the argument that a value of a scenario stands for. */
export function decode(world: World, value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => decode(world, item));
  const [tag, content] = Object.entries(value)[0] as [Tag, never];
  return decoders[tag](world, content);
}

type Tags = UnionToIntersection<Tagged>;
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;
type Tag = keyof Tags;

const decoders: { [Name in Tag]: (world: World, content: Tags[Name]) => unknown } = {
  object: (world, name) => world.object(name),
  fd: (world, name) => world.fd(name),
  address: (world, name) => (world.object(name) as Socket).getsockname(),
  bits: (_world, names) => maskOf(names),
  float: (_world, text) => Number(text.replace('inf', 'Infinity').replace('nan', 'NaN')),
  int: (_world, text) => BigInt(text),
  bytes: (_world, text) => Buffer.from(text, 'latin1'),
  tuple: (world, items) => decode(world, items),
  set: (world, items) => new Set(items.map((item) => decode(world, item))),
  generator: (world, items) => items.map((item) => decode(world, item)).values(),
  fileno: (world, value) => new MadeUp({ fileno: () => decode(world, value) }),
  filenoRaises: (_world, type) => new MadeUp({ fileno: () => raise(type) }),
  filenoIs: (world, value) => new MadeUp({ fileno: decode(world, value) }),
  plain: () => new MadeUp({}),
  keywords: (world, content) =>
    Object.fromEntries(Object.entries(content).map(([name, value]) => [ourName(name), decode(world, value)])),
  key: () => fail('a key is a result only'),
  unnamed: () => fail('what has no name is a result only'),
};

class MadeUp {
  constructor(properties: object) {
    Object.assign(this, properties);
  }

  // Both runners use the same text.
  [inspect.custom](): string {
    return 'an object';
  }
}

const classes: Readonly<Record<string, new (message: string) => Error>> = {
  TypeError,
  ValueError: RangeError,
  OverflowError: RangeError,
  RuntimeError: Error,
  KeyError,
  OSError,
};

function raise(type: string): never {
  throw new (classes[type] ?? fail(`no class ${type}`))('fileno');
}

function fail(message: string): never {
  throw new Error(`in the scenario: ${message}`);
}
