import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { EVENT_EXCEPTIONAL, EVENT_READ } from '../../../src/selectors.ts';
import * as sys from '../../../src/sys.ts';
import { IDLE_CLIENTS, LEAVING_LOOK } from '../../../src/watch/demo/actions.ts';
import { until } from '../../support/child.ts';
import { backends } from '../../support/clients.ts';
import { someOf } from '../../support/long-run.ts';
import { did, errno, isReady, press, type Watched, watched } from '../../support/watch.ts';

const onlyFd = ({ server }: Watched): number => {
  assert.equal(server.connections.size, 1);
  return [...server.connections][0]!.fileno();
};
for (const backend of backends) {
  describe(`what the buttons do to a server on ${backend}`, () => {
    it('connects, sends, sends an urgent byte, half-closes and resets', async () => {
      await watched(backend, async (subject) => {
        await press(subject, 'connect', (turns) => turns.some((turn) => turn.did[0]?.[0] === 'accept'));
        const fd = onlyFd(subject);
        const listener = subject.server;
        assert.equal(listener.connections.size, 1);
        await press(subject, 'send', (turns) =>
          turns.some((turn) => isReady(turn, fd, EVENT_READ) && did(turn, 'recv', fd, (count) => count === 6)),
        );
        await press(subject, 'urgent', (turns) =>
          turns.some((turn) => isReady(turn, fd, EVENT_EXCEPTIONAL) && did(turn, 'recv', fd, (count) => count === 1)),
        );
        await press(
          subject,
          'half-close',
          (turns, lines) =>
            turns.some((turn) => isReady(turn, fd, EVENT_READ) && did(turn, 'recv', fd, (count) => count === 0)) &&
            lines.some((line) => line.type === 'close' && line.fd === fd && line.reason === 'eof'),
        );
        await press(subject, 'connect', (turns) => turns.some((turn) => turn.did[0]?.[0] === 'accept'));
        const second = onlyFd(subject);
        await press(
          subject,
          'reset',
          (turns, lines) =>
            turns.some((turn) => isReady(turn, second, EVENT_READ) && did(turn, 'recv', second, errno('ECONNRESET'))) &&
            lines.some((line) => line.type === 'close' && line.reason === 'reset'),
        );
      });
    });
  });
}

// What these buttons do depends little on the wait set, and the processes of their clients cost much.
for (const backend of someOf(backends)) {
  describe(`what the buttons that take longer do to a server on ${backend}`, () => {
    it('makes a client vanish: what is sent stays in the kernel, and the fd is never ready', async () => {
      await watched(backend, async (subject) => {
        const turns = await press(
          subject,
          'vanish',
          (all) => all.filter(({ cause }) => cause === 'timeout').length > 4,
        );
        const fd = onlyFd(subject);
        assert.equal(sys.ioctl(fd, sys.SIOCOUTQ, 0), 15);
        assert.ok(turns.every((turn) => turn.ready.every(([of]) => of !== fd)));
      });
    });

    it('connects idle clients, and disconnects them', async () => {
      await watched(backend, async (subject) => {
        const turns = await press(subject, 'idle', (all) => {
          const fds = new Set(all.flatMap(({ interest }) => interest.map(([fd]) => fd)));
          return fds.size >= IDLE_CLIENTS && all.at(-1)!.cause === 'timeout';
        });
        assert.equal(subject.server.connections.size, IDLE_CLIENTS);
        assert.deepEqual(turns.at(-1)!.ready, []);
        assert.deepEqual(await subject.act('idle'), {
          ok: true,
          text: '2,000 clients disconnect.',
          look: LEAVING_LOOK,
        });
        await until(() => subject.server.connections.size === 0);
      });
    });

    it("sends a signal, which wakes Node's own event loop and no fd of the server", async () => {
      await watched(backend, async (subject) => {
        const turns = await press(
          subject,
          'signal',
          (all, lines) => lines.some((line) => line.type === 'signal' && line.name === 'SIGUSR2') && all.length > 2,
        );
        assert.ok(turns.some(({ nodeWakes }) => nodeWakes > 0));
        assert.ok(turns.every(({ cause }) => cause === 'timeout'));
      });
    });
  });
}
