import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { exhaustedText } from '../../../src/cli/serve/exhausted-text.ts';

describe('exhaustedText', () => {
  for (const [code, cause] of [
    ['EMFILE', /^the process has no free file descriptor \(ulimit -n\): /],
    ['ENFILE', /^the system has no free file descriptor/],
    ['ENOBUFS', /^the kernel has no memory for another socket: /],
    ['ENOMEM', /^the kernel has no memory: /],
    ['ENOSPC', /max_user_watches/],
    ['ETIMEDOUT', /^a system call has failed with ETIMEDOUT: /],
  ] as const) {
    it(`says what ${code} means, and that new clients wait`, () => {
      assert.match(exhaustedText(code), cause);
      assert.match(exhaustedText(code), /: new clients wait, and the server tries again soon$/);
    });
  }
});
