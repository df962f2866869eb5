import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import * as errors from '../../src/system/errors.ts';
import { native } from '../../src/system/native.ts';
import { root } from '../support/child.ts';
import { codeOf, rowsOf } from '../support/markdown.ts';

describe('docs/errors.md', () => {
  const rows = rowsOf(readFileSync(`${root}docs/errors.md`, 'utf8')).filter(
    ({ heading }) => heading === 'Failed system calls',
  );
  const classes = rows
    .filter(({ cells }) => cells.length === 2)
    .map(({ cells: [name, codes] }) => [codeOf(name)[0]!, codeOf(codes)] as const);

  it('lists the class of each errno', () => {
    const listed = new Map(classes.flatMap(([name, codes]) => codes.map((code) => [code, name])));
    const thrown = Object.values(native.errnos).map((errno) => errors.osError(-errno, 'call'));
    const expected = thrown
      .filter(({ name }) => name !== 'OSError')
      .map(({ code = '', name }) => [code, name] as const);
    assert.deepEqual(new Map([...listed].sort()), new Map([...expected].sort()));
    assert.equal(classes.at(-1)?.[0], 'OSError');
  });

  it('shows the properties of an OSError', () => {
    const error = errors.osError(-9, 'epoll_ctl', 'add fd 7');
    const shown = rows.flatMap(({ cells: [property, , example] }) =>
      example === undefined ? [] : [[codeOf(property)[0]!, codeOf(example)[0]!] as const],
    );
    for (const [property, example] of shown) {
      const value = error[property as 'errno' | 'code' | 'syscall' | 'strerror' | 'message'];
      assert.equal(typeof value === 'string' ? `'${value}'` : String(value), example);
    }
    assert.deepEqual(
      shown.map(([property]) => property),
      ['errno', 'code', 'syscall', 'strerror', 'message'],
    );
  });
});
