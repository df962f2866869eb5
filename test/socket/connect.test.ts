import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { createServer, SO_ERROR, type Socket, socket, SOL_SOCKET } from '../../src/socket.ts';
import { select } from '../../src/select.ts';
import '../support/no-report.ts';
import { inet, tcpPair, unusedAddress } from '../support/socket-pairs.ts';
import { millisecondsOf, timedOut } from '../support/socket-timing.ts';

// A listener whose queue is full: the kernel drops the SYN of one more connection.
function fullListener(): { address: [string, number]; sockets: Socket[] } {
  const listener = socket();
  listener.bind(['127.0.0.1', 0]);
  listener.listen(0);
  const address = inet(listener.getsockname());
  const sockets = [listener];
  for (let i = 0; i < 4; i++) {
    const filler = socket();
    filler.setblocking(false);
    filler.connectEx(address);
    sockets.push(filler);
  }
  return { address, sockets };
}

// Signals this process every 50 ms while it stands still in a call; tells how many were handled afterwards.
async function underSignals(call: () => void): Promise<number> {
  let handled = 0;
  const count = (): void => {
    handled += 1;
  };
  process.on('SIGUSR2', count);
  const script = `echo up; while kill -USR2 ${process.pid}; do sleep 0.05; done`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(child.stdout, 'data');
    call();
    await sleep(20);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
    process.off('SIGUSR2', count);
  }
  return handled;
}

describe('connect', () => {
  it('non-blocking: EINPROGRESS, then done, then EISCONN', () => {
    using listener = createServer(['127.0.0.1', 0]);
    const address = inet(listener.getsockname());
    using s = socket();
    s.setblocking(false);
    assert.throws(
      () => {
        s.connect(address);
      },
      { name: 'BlockingIOError', code: 'EINPROGRESS', errno: -115 },
    );
    assert.deepEqual(select([], [s], [], 2), [[], [s], []]);
    assert.equal(s.getsockopt(SOL_SOCKET, SO_ERROR), 0);
    s.connect(address);
    assert.throws(
      () => {
        s.connect(address);
      },
      { name: 'OSError', code: 'EISCONN', errno: -106 },
    );
    assert.equal(s.connectEx(address), 106);
  });

  it('connectEx gives the positive errno', () => {
    const address = unusedAddress();
    using s = socket();
    assert.equal(s.connectEx(address), 111);
    using patient = socket();
    patient.settimeout(5);
    assert.equal(patient.connectEx(address), 111);
    using listener = createServer(['127.0.0.1', 0]);
    using hasty = socket();
    hasty.setblocking(false);
    assert.equal(hasty.connectEx(inet(listener.getsockname())), 115);
    assert.throws(() => s.connectEx(['x'.repeat(300), 1]), { name: 'gaierror', errno: -2 });
  });

  it('throws ConnectionRefusedError, with a timeout too', () => {
    for (const timeout of [null, 5]) {
      using s = socket();
      s.settimeout(timeout);
      assert.throws(
        () => {
          s.connect(unusedAddress());
        },
        { name: 'ConnectionRefusedError', code: 'ECONNREFUSED' },
      );
    }
  });

  it('with a timeout waits for the connection, and throws when the time is up', () => {
    using listener = createServer(['127.0.0.1', 0]);
    using quick = socket();
    quick.settimeout(5);
    quick.connect(inet(listener.getsockname()));
    assert.deepEqual(quick.getpeername(), listener.getsockname());
    const { address, sockets } = fullListener();
    using slow = socket();
    slow.settimeout(0.1);
    const ms = millisecondsOf(() => {
      assert.throws(() => {
        slow.connect(address);
      }, timedOut);
    });
    assert.ok(ms >= 99 && ms < 2000, String(ms));
    using silent = socket();
    silent.settimeout(0.05);
    assert.equal(silent.connectEx(address), 11);
    for (const s of sockets) s.close();
  });

  it('goes on with the time left when signals interrupt it', async () => {
    const { address, sockets } = fullListener();
    using s = socket();
    s.settimeout(0.4);
    let ms = 0;
    const handled = await underSignals(() => {
      ms = millisecondsOf(() => {
        assert.throws(() => {
          s.connect(address);
        }, timedOut);
      });
    });
    assert.ok(ms >= 399 && ms < 3000, String(ms));
    assert.ok(handled >= 2, String(handled));
    for (const each of sockets) each.close();
  });
});

describe('recv under signals', () => {
  it('goes on with the time left', async () => {
    using pair = tcpPair();
    pair.client.settimeout(0.4);
    let ms = 0;
    const handled = await underSignals(() => {
      ms = millisecondsOf(() => {
        assert.throws(() => pair.client.recv(1), timedOut);
      });
    });
    assert.ok(ms >= 399 && ms < 3000, String(ms));
    assert.ok(handled >= 2, String(handled));
  });
});
