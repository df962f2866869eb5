import assert from 'node:assert/strict';

import { type FileObject, poll, select, type Timeout } from '../../src/select.ts';
import { closedFd, eventFd } from '../support/fds.ts';
import { conform } from './conform.ts';
import { LINE, readText, talkingChild } from './peers.ts';

conform('test_select.SelectTestCase', {
  test_error_conditions() {
    const almost = { fileno: () => 'fileno' };
    const wrongTypes: unknown[][] = [
      [1, 2, 3],
      [[{}], [], []],
      [[almost], [], []],
      [[], [], [], 'not a number'],
    ];
    for (const args of wrongTypes) assert.throws(() => (select as (...args: unknown[]) => unknown)(...args), TypeError);
    assert.throws(() => select([], [], [], -1), RangeError);
  },

  test_errno(t) {
    const fd = closedFd(t);
    assert.throws(() => select([fd], [], [], 0), { name: 'OSError', code: 'EBADF' });
  },

  test_returned_list_identity() {
    const lists = select([], [], [], 0.05);
    assert.deepEqual(lists, [[], [], []]);
    assert.equal(new Set<unknown>(lists).size, 3);
  },

  test_select(t) {
    const pipe = talkingChild(t);
    const timeouts: Timeout[] = [0, 1, 2, 4, 8, 16, ...Array<null>(10).fill(null)];
    const lines: string[] = [];
    for (const timeout of timeouts) {
      const [readable, writable, exceptional] = select([pipe], [], [], timeout);
      assert.deepEqual([writable, exceptional], [[], []]);
      if (readable.length === 0) continue;
      assert.deepEqual(readable, [pipe]);
      const line = readText(pipe, LINE.length);
      lines.push(line);
      if (line === '') break;
    }
    assert.deepEqual(lines, [...Array<string>(10).fill(LINE), '']);
  },

  test_select_mutated(t) {
    const writable = eventFd(t, 0);
    const list: FileObject[] = [];
    const shortening = {
      fileno() {
        list.pop();
        return writable;
      },
    };
    list.push(...Array<FileObject>(10).fill(shortening));
    const result = select([], list, []);
    assert.deepEqual(result, [[], list.slice(0, 5), []]);
    assert.ok(result[1].length === 5 && result[1].every((item) => item === shortening));
  },

  test_disallow_instantiation() {
    const Type = poll().constructor as new () => unknown;
    assert.throws(() => new Type(), new TypeError("cannot create 'select.poll' instances"));
  },
});
