import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import * as sys from '../../src/sys.ts';
import { check, Fds, named } from '../support/fds.ts';

const WAIT_MS = 20_000;

// A socket call with a timeout is not restarted after a handler: signal(7).
function limitWait(fd: number, option: number): number {
  check(sys.setsockopt(fd, sys.SOL_SOCKET, option, timeval(WAIT_MS / 1000), 0));
  return fd;
}

function timeval(seconds: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(seconds), 0n).buffer);
}

const waits: Record<string, (fds: Fds) => number> = {
  select: () => sys.select(0, null, null, null, WAIT_MS * 1e3),
  poll: () => sys.poll(new Int32Array(0), 0, WAIT_MS),
  epollWait: (fds) => sys.epollWait(fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC)), new Uint32Array(3), 1, WAIT_MS),
  recv: (fds) => {
    const [fd] = blockingPair(fds);
    return sys.recv(limitWait(fd, sys.SO_RCVTIMEO), new Uint8Array(1), 0, 1, 0);
  },
  accept4: (fds) => {
    const [fd] = fds.listener();
    check(sys.fcntl(fd, sys.F_SETFL, 0));
    return sys.accept4(limitWait(fd, sys.SO_RCVTIMEO), null, null, sys.SOCK_CLOEXEC);
  },
  send: (fds) => {
    const [fd] = blockingPair(fds);
    const block = new Uint8Array(65536);
    while (sys.send(fd, block, 0, block.length, sys.MSG_DONTWAIT) > 0);
    return sys.send(limitWait(fd, sys.SO_SNDTIMEO), block, 0, block.length, 0);
  },
};

function blockingPair(fds: Fds): [number, number] {
  const pair = fds.pair();
  check(sys.fcntl(pair[0], sys.F_SETFL, 0));
  return pair;
}

describe('EINTR', () => {
  for (const [name, wait] of Object.entries(waits)) {
    it(`is returned by ${name}, and the wait not repeated`, async () => {
      using fds = new Fds();
      let signals = 0;
      const onSignal = (): void => {
        signals++;
      };
      process.on('SIGUSR2', onSignal);
      // The kernel may deliver a signal to another thread of Node, and then this wait goes on: so there are several
      // signals. The handler stays until the sender has ended.
      const sender = spawn('sh', ['-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; kill -USR2 "$PPID"; done']);
      const gone = once(sender, 'exit');
      const start = performance.now();
      const result = wait(fds);
      const elapsedMs = performance.now() - start;
      sender.kill('SIGKILL');
      await gone;
      process.off('SIGUSR2', onSignal);
      assert.equal(named(result), 'EINTR');
      assert.ok(elapsedMs < WAIT_MS / 2, `${elapsedMs} ms`);
      assert.ok(signals > 0);
    });
  }
});
