import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { describe, it } from 'node:test';

import { OSError } from '../../../src/system/errors.ts';
import type { Connection } from '../../../src/server.ts';
import { type Address, AF_INET, AF_UNIX, Socket } from '../../../src/socket.ts';
import * as sys from '../../../src/sys.ts';
import { ActionClients } from '../../../src/watch/demo/action-clients.ts';
import { LEAVING_LOOK } from '../../../src/watch/demo/actions.ts';
import type { ServerAddress } from '../../../src/watch/demo/client-socket.ts';
import { ActionRunner, type ActionServer } from '../../../src/watch/demo/action-runner.ts';
import { FdLimit } from '../../../src/watch/demo/fd-limit.ts';
import { Recorder } from '../../../src/trace/recorder.ts';
import { skipWithout } from '../../support/programs.ts';
import { Folder } from '../../support/serve.ts';
import { press, watched } from '../../support/watch.ts';

const reachOf = (address: Address): ServerAddress =>
  Array.isArray(address) ? (address.slice(0, 2) as unknown as ServerAddress) : Buffer.from(address as string);

const recorder = (): Recorder => new Recorder({ backend: 'select', timeoutSeconds: 1, writers: [] });

describe('the button of idle clients', () => {
  it('uses fds that select(2) has no bit for', async () => {
    await watched('epoll', async (subject) => {
      assert.equal((await subject.act('idle')).ok, true);
      for (let client = 0; client < 3; client++) {
        await press(subject, 'half-close', (_, lines) =>
          lines.some((line) => line.type === 'close' && line.reason === 'eof'),
        );
      }
      // Clients of another process could not take these away.
      assert.deepEqual(await subject.act('idle'), { ok: true, text: '2,000 clients disconnect.', look: LEAVING_LOOK });
    });
  });
});

describe('a button whose client connects', () => {
  it('does not wait for minutes when the queue of the server is full', async () => {
    using folder = new Folder();
    for (const [family, address, limitSeconds] of [
      [AF_INET, ['127.0.0.1', 0], 0.3],
      [AF_UNIX, folder.file('socket-1'), 0.3],
      // The default.
      [AF_UNIX, folder.file('socket-2'), undefined],
    ] as const) {
      using listener = new Socket(family);
      listener.bind(address);
      listener.listen(0);
      const clients = new ActionClients(reachOf(listener.getsockname()), process.pid, limitSeconds);
      const began = performance.now();
      await assert.rejects(async () => {
        for (let count = 0; count < 4; count++) await clients.perform('connect');
      }, OSError);
      const tookMs = performance.now() - began;
      const limitMs = (limitSeconds ?? 2) * 1e3;
      assert.ok(tookMs > limitMs - 50 && tookMs < limitMs + 8000, `${tookMs} ms`);
    }
  });
});

describe('the buttons whose client the server writes to', () => {
  it('find the client by its whole address, not only by its port', async () => {
    await watched('select', async ({ server }) => {
      const written: unknown[] = [];
      const fromElsewhere = ({ address }: Connection): Connection => {
        const write = (data: unknown): number => written.push(data);
        return { address: ['127.0.0.2', address[1]], write } as unknown as Connection;
      };
      const actionServer: ActionServer = {
        address: () => server.address(),
        held: false,
        get connections() {
          const all = [...server.connections];
          return new Set([...all.map(fromElsewhere), ...all]);
        },
      };
      const runner = new ActionRunner(actionServer, recorder());
      try {
        await runner.act('vanish');
        assert.deepEqual(written, []);
        assert.equal(sys.ioctl([...server.connections][0]!.fileno(), sys.SIOCOUTQ, 0), 15);
      } finally {
        await runner.close();
      }
    });
  });

  it('reach a server on a Unix socket, by a path or an abstract name, which need not be UTF-8', async () => {
    using folder = new Folder();
    for (const address of [
      folder.file('socket'),
      `\0tripoll-${process.pid}`,
      Buffer.from([0, 0xff, process.pid & 255, 0, 1]),
    ]) {
      using listener = new Socket(AF_UNIX);
      listener.bind(address);
      listener.listen(1);
      const runner = new ActionRunner(
        { address: () => listener.getsockname(), connections: new Set(), held: false },
        recorder(),
      );
      try {
        assert.deepEqual(await runner.act('connect'), { text: 'A client connects.' });
        listener.accept()[0].close();
      } finally {
        await runner.close();
      }
    }
  });

  it('say on a Unix socket that they need TCP', async () => {
    const clients = new ActionClients(Buffer.from('/no/such/socket'), process.pid);
    for (const name of ['vanish', 'stop-reading'] as const) {
      await assert.rejects(clients.perform(name), { message: /needs TCP/ });
    }
  });
});

describe('the process of the clients', { skip: skipWithout('prlimit') }, () => {
  it('reports that it cannot start without a free fd, and starts later', async () => {
    await watched('select', async ({ server }) => {
      const runner = new ActionRunner(server, recorder());
      // For prlimit, which puts the limit back.
      const kept = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
      const own = new FdLimit(process.pid);
      own.lower();
      try {
        await assert.rejects(runner.act('connect'), { message: /^The clients cannot be started: no fd/ });
      } finally {
        for (const fd of kept) closeSync(fd);
        own.restore();
      }
      try {
        assert.deepEqual(await runner.act('connect'), { text: 'A client connects.' });
      } finally {
        await runner.close();
      }
    });
  });
});
