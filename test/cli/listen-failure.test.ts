import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { listenFailure, optionFailure, type Place } from '../../src/cli/listen-failure.ts';
import { AF_UNIX, Socket } from '../../src/socket.ts';
import { errnoOf, osError } from '../../src/system/errors.ts';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/socket-pairs.ts';

const folder = temporaryFolder();

describe('tripoll serve --unix says in one sentence what is wrong with the path:', () => {
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'file'), 'precious');
  symlinkSync('loop', join(folder, 'loop'));
  using bound = new Socket(AF_UNIX);
  bound.bind(join(folder, 'bound'));
  const cases: [path: string, sentence: RegExp][] = [
    ['none/socket', /ENOENT.*: there is no folder .*\/none\. Create it\./],
    ['file/socket', /ENOTDIR.*: .*\/file is not a folder/],
    ['loop/socket', /ELOOP.*symbolic links/],
    ['file', /EADDRINUSE.*: the path exists, and it is no socket\. Choose another --unix, or remove the path\./],
    ['folder', /EADDRINUSE.*: the path exists, and it is no socket\./],
    ['x'.repeat(200), /too long: the path of a Unix socket has at most 107 bytes/],
  ];
  for (const [name, sentence] of cases) {
    it(name.slice(0, 20), async () => {
      const path = join(folder, name);
      const { code, stdout, stderr } = await runCli(['serve', '--unix', path]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.ok(stderr.startsWith(`tripoll: --unix ${path}: `), stderr);
      assert.match(stderr, sentence);
      assert.equal(stderr.split('\n').length, 2);
      assert.doesNotMatch(stderr, /port/);
    });
  }
});

describe('the advice of a command that cannot listen follows the place, and not the errno alone:', () => {
  const port: Place = { host: '::', port: 80, portOption: '--port', hostOption: '--host' };
  const path: Place = { path: '/run/locked/x.sock' };
  const cases: [code: string, syscall: string, Place, sentence: RegExp][] = [
    ['EACCES', 'bind', port, /only root may use ports below 1024\. Choose another --port\.$/],
    ['EACCES', 'bind', { ...port, port: 9001 }, /permission denied, bind$/],
    ['EACCES', 'bind', path, /this user may not create files in \/run\/locked\./],
    ['EPERM', 'bind', path, /this user may not create files in \/run\/locked\./],
    ['EPERM', 'unlink', path, /remains from another user's server/],
    ['EROFS', 'bind', path, /the file system of \/run\/locked is read-only\./],
    ['ENAMETOOLONG', 'bind', path, /at most 107 bytes/],
    ['EADDRINUSE', 'bind', port, /another program listens there\. Choose another --port\.$/],
    ['EADDRINUSE', 'bind', path, /another program listens there\. Choose another --unix\.$/],
    ['EADDRNOTAVAIL', 'bind', port, /no network interface of this machine has the address\. Choose another --host/],
    ['EAFNOSUPPORT', 'socket', port, /this machine has no IPv6/],
    ['EINVAL', 'bind', { ...port, host: 'fe80::1' }, /--host fe80::1%eth0/],
    ['EMFILE', 'socket', port, /ulimit -n 1024/],
    ['EMFILE', 'socket', path, /ulimit -n 1024/],
    ['ENFILE', 'socket', path, /all programs of this machine/],
    ['EBADF', 'getsockopt', { fd: 9, fdOption: '--fd 9' }, /^--fd 9: .*has not inherited this fd/],
    ['ENOBUFS', 'bind', port, /ENOBUFS: no buffer space available, bind$/],
  ];
  for (const [code, syscall, place, sentence] of cases) {
    it(`${code} of ${syscall} for ${JSON.stringify(place)}`, () => {
      const failure = listenFailure(osError(errnoOf(code), syscall), place);
      assert.match(failure.message, sentence);
      assert.equal(failure.exitCode, 1);
    });
  }

  it('a host that cannot be looked up', async () => {
    const { code, stderr } = await runCli(['serve', '--host', 'host.invalid']);
    assert.equal(code, 1);
    assert.match(stderr, /the name cannot be looked up\. Choose another --host\.\n$/);
  });

  it('an address that this machine does not have, for --metrics', () => {
    const { message } = optionFailure(
      osError(errnoOf('EADDRNOTAVAIL'), 'listen'),
      '--metrics 192.0.2.1:1',
      '192.0.2.1',
      1,
    );
    assert.match(message, /^--metrics 192\.0\.2\.1:1: .*Choose another address/);
  });

  it('a server that nobody is at, for tripoll send', async () => {
    const { code, stderr } = await runCli(['send', '--port', '1', '--count', '1']);
    assert.equal(code, 1);
    assert.match(stderr, /nobody listens there; `tripoll serve` starts a server\.\n$/);
  });
});
