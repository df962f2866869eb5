import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';

import { ServiceManager } from '../../../src/cli/serve/service-manager.ts';
import { AF_UNIX, SOCK_NONBLOCK, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { countFds } from '../../support/fds.ts';
import { NotifySocket } from '../../support/notify-socket.ts';
import { Folder } from '../../support/serve.ts';

class Subject {
  readonly sentences: string[] = [];
  readonly manager: ServiceManager;

  constructor(t: TestContext, path: string, watchdogUsec?: string) {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const variables = { NOTIFY_SOCKET: path, WATCHDOG_USEC: watchdogUsec };
    this.manager = new ServiceManager((_level, _event, sentence) => this.sentences.push(sentence), variables);
    t.after(() => {
      this.manager.close();
    });
  }
}

describe('ServiceManager', () => {
  it('sends READY=1 and STOPPING=1 again when the service manager reads again, but no lost ping', (t) => {
    using folder = new Folder();
    using systemd = new NotifySocket(folder.file('notify'));
    systemd.fill();
    const { manager, sentences } = new Subject(t, folder.file('notify'), '2000000');
    manager.startWatchdog(() => true);
    manager.notify('READY=1');
    t.mock.timers.tick(3500);
    manager.notify('STOPPING=1');
    assert.deepEqual(systemd.read(), []);
    t.mock.timers.tick(1000);
    assert.deepEqual(systemd.read(), ['READY=1\nSTOPPING=1\nWATCHDOG=1']);
    t.mock.timers.tick(1000);
    assert.deepEqual(systemd.read(), ['WATCHDOG=1']);
    assert.deepEqual(sentences, ['NOTIFY_SOCKET: the service manager does not read its messages']);
  });

  it('uses one fd for all messages, so that it needs no new fd when there is none', (t) => {
    using folder = new Folder();
    using systemd = new NotifySocket(folder.file('notify'));
    const { manager } = new Subject(t, folder.file('notify'));
    manager.notify('READY=1');
    const before = countFds();
    manager.notify('STOPPING=1');
    assert.equal(countFds(), before);
    assert.deepEqual(systemd.read(), ['READY=1', 'STOPPING=1']);
    manager.close();
    assert.equal(countFds(), before - 1);
  });

  for (const [what, code, make] of [
    ['does not exist', /ENOENT/, () => undefined],
    ['is a FIFO', /ECONNREFUSED/, (path: string) => void spawnSync('mkfifo', [path])],
    [
      'is a stream socket',
      /EPROTOTYPE/,
      (path: string, t: TestContext) => {
        const socket = new Socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
        socket.bind(path);
        t.after(() => {
          socket.close();
        });
      },
    ],
  ] as const) {
    it(`logs one warning in 10 seconds, and tries no state again, when the path ${what}`, (t) => {
      using folder = new Folder();
      const path = folder.file('notify');
      make(path, t);
      const { manager, sentences } = new Subject(t, path, '200000');
      manager.notify('READY=1');
      manager.startWatchdog(() => true);
      t.mock.timers.tick(3000);
      assert.equal(sentences.length, 1);
      assert.match(sentences[0]!, code);
    });
  }
});
