import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { createServer } from '../../src/socket.ts';
import { Child, dist, sendOnce, until } from '../support/child.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { skipWithout } from '../support/programs.ts';
import { Folder, NetClient, serveWith } from '../support/serve.ts';

const WATCHDOG_MS = 100;
const local = ['--host', '127.0.0.1', '--port', '0'];

// The shell replaces itself by `exec`, so LISTEN_PID=$$ is the pid of the server.
function activated(variables: string, fds: number[], ...args: string[]): Child {
  const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', ...args];
  return new Child('sh', '-c', `${variables} exec "$@"`, 'sh', ...command, ...fds.map((fd) => ({ fd })));
}

describe('tripoll serve under systemd', () => {
  for (const kind of ['a path', 'an abstract name']) {
    it(`says that it is ready, alive and stopping, to ${kind}`, async () => {
      using folder = new Folder();
      const name = kind === 'a path' ? folder.file('notify') : `@tripoll-test-${process.pid}`;
      using systemd = new NotifySocket(Buffer.from(name.replace(/^@/, '\0')));
      using server = serveWith({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '200000' }, ...local, '--framing', 'line');
      await systemd.receives('READY=1');
      const port = await server.servePort();
      await systemd.receives('WATCHDOG=1');
      using client = new NetClient(port);
      await client.send('half');
      await until(() => server.stderr.includes('connected'));
      assert.ok(!systemd.states.includes('STOPPING=1'));
      server.kill('SIGTERM');
      await systemd.receives('STOPPING=1');
      await client.send('\n');
      assert.deepEqual(await server.exit, { code: 0, signal: null });
      assert.deepEqual([...new Set(systemd.states)], ['READY=1', 'WATCHDOG=1', 'STOPPING=1']);
    });
  }

  it('serves and logs a warning when nobody receives its states', async () => {
    using folder = new Folder();
    using server = serveWith({ NOTIFY_SOCKET: folder.file('nobody') }, ...local);
    await sendOnce(await server.servePort(), 'x');
    await until(() => server.stdout === 'x\n');
    await until(() => /^tripoll: NOTIFY_SOCKET: ENOENT[^\n]+$/m.exec(server.stderr));
  });

  it('serves, and ends in time, while the service manager reads nothing', async () => {
    using folder = new Folder();
    using systemd = new NotifySocket(folder.file('notify'));
    systemd.fill();
    const environment = { NOTIFY_SOCKET: folder.file('notify'), WATCHDOG_USEC: '100000' };
    using server = serveWith(environment, ...local, '--timeout', '0.1', '--drain-seconds', '2');
    const port = await server.servePort();
    for (let i = 0; i < 5; i++) {
      await sendOnce(port, `${i}\n`);
      await until(() => server.stdout.endsWith(`${i}\n`));
      await setTimeout(WATCHDOG_MS);
    }
    const asked = performance.now();
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
    assert.ok(performance.now() - asked < 5000);
    assert.equal(server.stdout, '0\n1\n2\n3\n4\n');
    assert.equal(server.stderr.match(/the service manager does not read its messages/g)?.length, 1);
    assert.deepEqual(systemd.read(), []);
  });

  it('ignores a watchdog that is meant for another process', async () => {
    using folder = new Folder();
    using systemd = new NotifySocket(folder.file('notify'));
    const environment = { NOTIFY_SOCKET: folder.file('notify'), WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' };
    using server = serveWith(environment, ...local);
    await sendOnce(await server.servePort(), 'x');
    await until(() => server.stdout === 'x\n');
    server.kill('SIGTERM');
    await systemd.receives('STOPPING=1');
    assert.deepEqual(systemd.states, ['READY=1', 'STOPPING=1']);
  });

  it('listens on the only socket that systemd passed', async () => {
    using listener = createServer(['127.0.0.1', 0]);
    const port = Number(listener.getsockname()[1]);
    using server = activated('LISTEN_PID=$$ LISTEN_FDS=1', [listener.fileno()], '--systemd');
    assert.equal(await server.servePort(), port);
    await sendOnce(port, 'activated');
    await until(() => server.stdout === 'activated\n');
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });

  it('listens on the socket with the given name', async () => {
    using first = createServer(['127.0.0.1', 0]);
    using second = createServer(['127.0.0.1', 0]);
    const fds = [first.fileno(), second.fileno()];
    const variables = 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=http:messages';
    using server = activated(variables, fds, '--systemd', 'messages');
    assert.equal(await server.servePort(), Number(second.getsockname()[1]));
  });

  it('listens on an inherited fd', async () => {
    using listener = createServer(['127.0.0.1', 0]);
    using server = serveWith({}, '--fd', '3', { fd: listener.fileno() });
    await sendOnce(await server.servePort(), 'x');
    await until(() => server.stdout === 'x\n');
  });

  it('runs under systemd-socket-activate', { skip: skipWithout('systemd-socket-activate') }, async () => {
    using probe = createServer(['127.0.0.1', 0]);
    const port = Number(probe.getsockname()[1]);
    probe.close();
    const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--systemd', 'messages'];
    using server = new Child(
      'systemd-socket-activate',
      ...['-l', `127.0.0.1:${port}`, '--fdname=messages'],
      ...command,
    );
    await until(() => server.stderr.includes('Listening on'));
    await sendOnce(port, 'first');
    await until(() => server.stdout === 'first\n');
    server.kill('SIGTERM');
    assert.deepEqual(await server.exit, { code: 0, signal: null });
  });
});
