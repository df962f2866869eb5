import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { InterruptedError } from '../../src/system/errors.ts';
import { Epoll, epoll, type FileObject, type Poll, poll, POLLIN, select } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';
import { close, dupAt, idleFd, pipePair, writeByte } from '../support/fds.ts';
import { during, sendSignals } from '../support/signals.ts';

interface Options {
  interruptible?: boolean;
}

type Wait = (fds: number[], seconds: number | null, options?: Options) => FileObject[];

// Each waits until one of the fds is readable, and returns those that are.
const waits: [syscall: string, wait: Wait][] = [
  ['select', (fds, seconds, options) => select(fds, [], [], seconds, options)[0]],
  [
    'poll',
    (fds, seconds, options) =>
      registered(poll(), fds)
        .poll(seconds === null ? null : seconds * 1000, options)
        .map(([ready]) => ready),
  ],
  [
    'epoll_wait',
    (fds, seconds, options) => {
      using ep = registered(epoll(), fds);
      return ep.poll(seconds, -1, options).map(([ready]) => ready);
    },
  ],
];

function registered<T extends Poll | Epoll>(poller: T, fds: number[]): T {
  for (const fd of fds) poller.register(fd, POLLIN);
  return poller;
}

// The default action of SIGUSR2 ends the process, so the handler stays for the whole file. Each test sets `onSignal`.
let handled = 0;
let onSignal: () => void = () => undefined;
process.on('SIGUSR2', () => {
  handled++;
  onSignal();
});

async function handlersToRun(): Promise<void> {
  for (let i = 0; handled === 0 && i < 500; i++) await sleep(2);
}

afterEach(() => {
  onSignal = () => undefined;
});

for (const [syscall, wait] of waits) {
  describe(`a signal that comes while ${syscall} waits`, () => {
    const idle = idleFd({ after });

    it('does not end the wait: 0.3 s with a signal each 50 ms last 0.3 s (PEP 475); handlers run in the event loop', async () => {
      handled = 0;
      const { result, ms } = await during(
        () => sendSignals('USR2'),
        () => [wait([idle], 0.3), handled],
        handlersToRun,
      );
      assert.deepEqual(result, [[], 0], 'nothing is ready, and no handler has run');
      assert.ok(ms >= 300 && ms < 5000, `${ms}`);
      assert.ok(handled >= 1 && handled <= 200, `${handled} handlers`);
    });

    it('does not end a wait without timeout either', async (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      const { result, ms } = await during(
        () => sendSignals('USR2', { times: 3, thenWriteTo: writeEnd }),
        () => wait([readEnd], null),
      );
      assert.deepEqual(result, [readEnd]);
      assert.ok(ms >= 150, `${ms}`);
    });

    it('does not hide an fd that became ready during the wait', async (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      const { result, ms } = await during(
        () => sendSignals('USR2', { times: 2, thenWriteTo: writeEnd }),
        () => wait([readEnd], 60),
      );
      assert.deepEqual(result, [readEnd]);
      assert.ok(ms >= 100 && ms < 30_000, `${ms}`);
    });

    it('throws InterruptedError when the wait is interruptible, also without timeout (deviation)', async () => {
      for (const seconds of [60, null]) {
        const { result, ms } = await during(
          () => sendSignals('USR2'),
          () => thrownBy(() => wait([idle], seconds, { interruptible: true })),
        );
        assert.ok(result instanceof InterruptedError);
        assert.equal(result.code, 'EINTR');
        assert.equal(result.errno, -4);
        assert.equal(result.syscall, syscall);
        assert.equal(result.message, `EINTR: interrupted system call, ${syscall}`);
        assert.ok(ms >= 50 && ms < 30_000, `${ms}`);
      }
    });

    it('does not end the wait when it is ignored (SIG_IGN; here SIGURG, ignored by default)', async () => {
      const { result, ms } = await during(
        () => sendSignals('URG'),
        () => wait([idle], 0.3, { interruptible: true }),
      );
      assert.deepEqual(result, []);
      assert.ok(ms >= 300 && ms < 5000, `${ms}`);
    });

    it('makes an fd ready in its handler: after the wait, which does not report it (Python: at once, or past the deadline)', async (t) => {
      const [readEnd, writeEnd] = pipePair(t);
      const [signalSent, theirEnd] = pipePair(t);
      handled = 0;
      onSignal = () => {
        writeByte(writeEnd);
      };
      const { result } = await during(
        () => sendSignals('USR2', { times: 1, thenWriteTo: theirEnd }),
        () => [wait([readEnd, signalSent], 60), handled],
      );
      assert.deepEqual(result, [[signalSent], 0]);
      await handlersToRun();
      assert.deepEqual(wait([readEnd], 0), [readEnd]);
    });

    it('closes the fd in its handler: after the wait, which does not notice (Python: EBADF)', async (t) => {
      const fd = dupAt(t, idle, 100)!;
      const [signalSent, theirEnd] = pipePair(t);
      handled = 0;
      onSignal = () => {
        close(fd);
      };
      const { result } = await during(
        () => sendSignals('USR2', { times: 1, thenWriteTo: theirEnd }),
        () => [wait([fd, signalSent], 60), handled],
      );
      assert.deepEqual(result, [[signalSent], 0]);
      await handlersToRun();
      assert.equal(sys.errorCode(sys.fcntl(fd, sys.F_GETFD, 0)), 'EBADF');
      if (syscall === 'poll') assert.deepEqual(wait([fd], 0), [fd]);
      else assert.throws(() => wait([fd], 0), { code: 'EBADF' });
    });
  });
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the runner of the tests', () => {
  it('lets no SIGUSR2 write a diagnostic report', () => {
    assert.equal(process.report.reportOnSignal, false);
  });
});
