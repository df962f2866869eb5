import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { missingAddonSentence } from '../../src/system/missing-addon.ts';

const DEBIAN = { platform: 'linux', arch: 'x64', glibc: '2.36', isCheckout: false };

describe('the sentence about a missing addon', () => {
  for (const [host, expected] of [
    [{ platform: 'darwin' }, /^tripoll runs on Linux \(x64 and arm64\).*; this is darwin\.$/],
    [{ platform: 'win32', glibc: undefined }, /; this is win32\.$/],
    [{ isCheckout: true }, /run `npm run build` in the tripoll folder\.$/],
    [{ isCheckout: true, glibc: undefined, arch: 'riscv64' }, /run `npm run build`/],
    [{ arch: 'riscv64' }, /^tripoll has no binary for Linux on riscv64, only for x64 and arm64: .* clone/],
    [{ glibc: undefined }, /glibc.* musl \(Alpine\): use a system or an image with glibc/],
    [{ glibc: '2.27' }, /^tripoll needs glibc 2\.28 or newer; this system has 2\.27:/],
    [{ glibc: '1.99' }, /this system has 1\.99/],
    [{ glibc: '2.28' }, /lacks prebuilds\/linux-x64-glibc\/tripoll\.node.*: install the package again\.$/],
    [{ glibc: '3.0', arch: 'arm64' }, /lacks prebuilds\/linux-arm64-glibc\/tripoll\.node/],
  ] as const) {
    it(`says what to do with ${JSON.stringify(host)}`, () => {
      const sentence = missingAddonSentence({ ...DEBIAN, ...host });
      assert.match(sentence, expected);
      assert.doesNotMatch(sentence, /\n/);
    });
  }
});
