import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { limitDefaults, toLimits } from '../../src/server/limits.ts';

describe('the default of maxClientsPerAddress', () => {
  for (const [maxClients, expected] of [
    [undefined, 9000],
    [100, 90],
    [19, 18],
    [10, 9],
    [9, 9],
    [1, 1],
    [0, Infinity],
  ] as const) {
    it(`is ${expected} when maxClients is ${maxClients}`, () => {
      assert.equal(toLimits({ maxClients }).maxClientsPerAddress, expected);
    });
  }

  it('is the listed one when neither limit is given', () => {
    assert.equal(limitDefaults.maxClientsPerAddress[0], toLimits({}).maxClientsPerAddress);
  });

  it('gives way to the option, also to 0', () => {
    assert.equal(toLimits({ maxClientsPerAddress: 5 }).maxClientsPerAddress, 5);
    assert.equal(toLimits({ maxClientsPerAddress: 0 }).maxClientsPerAddress, Infinity);
  });
});
