import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { typeName } from '../../src/system/type-name.ts';

describe('typeName', () => {
  class Thing {
    readonly field = 1;
  }
  const names: [what: string, value: unknown, name: string][] = [
    ['a string', 'a', 'str'],
    ['a whole number', 1, 'int'],
    ['a bigint', 1n, 'int'],
    ['a fraction', 1.5, 'float'],
    ['NaN', NaN, 'float'],
    ['a boolean', true, 'bool'],
    ['null', null, 'NoneType'],
    ['undefined', undefined, 'NoneType'],
    ['an array', [], 'list'],
    ['a Buffer', Buffer.alloc(1), 'bytes'],
    ['a Uint8Array', new Uint8Array(1), 'bytes'],
    ['a plain object', {}, 'Object'],
    ['an object of a class', new Thing(), 'Thing'],
    ['an object without prototype', Object.create(null), 'object'],
    ['a function', () => 0, 'function'],
  ];
  for (const [what, value, name] of names) {
    it(`is ${name} for ${what}`, () => {
      assert.equal(typeName(value), name);
    });
  }
});
