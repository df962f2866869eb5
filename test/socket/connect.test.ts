import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { createServer, type Socket, socket } from '../../src/socket.ts';
import { select } from '../../src/select.ts';
import { inet, tcpPair, unusedAddress } from '../support/socket-pairs.ts';
import { millisecondsOf, timedOut } from '../support/socket-timing.ts';

// A listener whose queue is full: with backlog 0 it has room for one connection. While that connection waits there, the
// kernel drops the SYN of the next one.
function fullListener(): { address: [string, number]; sockets: Socket[] } {
  const listener = socket();
  listener.bind(['127.0.0.1', 0]);
  listener.listen(0);
  const address = inet(listener.getsockname());
  const filler = socket();
  filler.connect(address);
  assert.deepEqual(select([listener], [], [], 5), [[listener], [], []]);
  return { address, sockets: [listener, filler] };
}

// A thread of this process sends the signals. A shell needs much CPU time for each signal and its `sleep`: beside busy
// cores only one signal or none arrived in the 400 ms that a call waits. The thread stops after 4 s, so that a call
// that restarts its whole wait at each signal ends, but too late.
const SIGNALLER = `
  const { parentPort } = require('node:worker_threads');
  const gate = new Int32Array(new SharedArrayBuffer(4));
  parentPort.postMessage('started');
  for (let i = 0; i < 400; i++) {
    process.kill(process.pid, 'SIGUSR2');
    Atomics.wait(gate, 0, 0, 10);
  }
`;

// Sends a signal to this process every 10 ms while a call blocks it. Returns the number of signals that were handled.
async function underSignals(call: () => void): Promise<number> {
  let handled = 0;
  const count = (): void => {
    handled += 1;
  };
  process.on('SIGUSR2', count);
  const signaller = new Worker(SIGNALLER, { eval: true });
  try {
    await once(signaller, 'message');
    call();
    await sleep(20);
  } finally {
    await signaller.terminate();
    process.off('SIGUSR2', count);
  }
  return handled;
}

describe('connect', () => {
  it('connectEx returns the positive errno', () => {
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

  it('throws ConnectionRefusedError, with a timeout and without', () => {
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

  it('waits for the connection for as long as the timeout, and then throws', () => {
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

  it('waits for the rest of its timeout after each signal', async () => {
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
  it('waits for the rest of its timeout after each signal', async () => {
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
