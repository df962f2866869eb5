import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { epoll, poll, select } from '../../src/select.ts';
import { createServer, type Socket, socketpair } from '../../src/socket.ts';
import { inet } from '../support/socket-pairs.ts';
import { sendSignals } from '../support/signals.ts';
import { timed } from '../support/timed.ts';
import { conform, type Test } from './conform.ts';
import { peer } from './peers.ts';

// A signal arrives every 100 ms while a call blocks for 200 ms, or waits for a peer as long.
const WAIT_MS = 200;
const MAX_MS = 20_000;

let handled = 0;
// The handler is never removed, because the default action ends the process.
process.on('SIGUSR2', () => handled++);

// Runs a blocking function under signals. Node counts the signals after the function has returned.
async function underSignals(block: () => void | Promise<void>, minMs = WAIT_MS): Promise<void> {
  const sender = sendSignals('USR2', { everySeconds: 0.1 });
  try {
    // After the first signal the next one is 100 ms away.
    await once(process, 'SIGUSR2');
    handled = 0;
    const startMs = performance.now();
    await block();
    const ms = performance.now() - startMs;
    assert.ok(ms >= minMs && ms < MAX_MS, `${ms} ms`);
    await sleep(10);
    assert.ok(handled >= 1, 'no signal came');
  } finally {
    await sender.stop();
  }
}

// The call alone is timed: the whole time includes the start of the sender.
function waiting(wait: () => unknown): Test {
  return () =>
    underSignals(() => {
      const { ms } = timed(wait);
      assert.ok(ms >= WAIT_MS, `${ms} ms`);
    });
}

function receiving(recv: (from: Socket, size: number) => Buffer): Test {
  return () =>
    underSignals(async () => {
      const [reader, writer] = socketpair();
      const script = 'for byte in x y z; do sleep 0.2; printf $byte >&3; done';
      const written = peer(['sh', '-c', script], writer.fileno());
      writer.close();
      const bytes = [1, 2, 3].map(() => recv(reader, 1).toString());
      reader.close();
      assert.deepEqual(bytes, ['x', 'y', 'z']);
      await written;
    }, 3 * WAIT_MS);
}

// More than fits into the buffers of a socket pair.
const DATA = Buffer.alloc(16 * 1024 * 1024, 'xyz');

function sending(send: (to: Socket, data: Buffer) => number): Test {
  return () =>
    underSignals(async () => {
      const [reader, writer] = socketpair();
      const received = peer(['sh', '-c', 'sleep 0.2; exec sha256sum <&3'], reader.fileno());
      reader.close();
      let sent = 0;
      while (sent < DATA.length) sent += send(writer, DATA.subarray(sent));
      writer.close();
      assert.match(await received, new RegExp(`^${createHash('sha256').update(DATA).digest('hex')} `));
    });
}

conform('_test_eintr.SelectEINTRTest', {
  test_select: waiting(() => select([], [], [], WAIT_MS / 1e3)),
  test_poll: waiting(() => poll().poll(WAIT_MS)),
  test_epoll: waiting(() => {
    using ep = epoll();
    return ep.poll(WAIT_MS / 1e3);
  }),
});

conform('_test_eintr.SocketEINTRTest', {
  test_recv: receiving((from, size) => from.recv(size)),
  test_recvmsg: receiving((from, size) => from.recvmsg(size)[0]),
  test_send: sending((to, data) => to.send(data)),
  test_sendall: sending((to, data) => {
    to.sendall(data);
    return data.length;
  }),
  test_sendmsg: sending((to, data) => to.sendmsg([data])),

  test_accept: () =>
    underSignals(async () => {
      using listener = createServer(['127.0.0.1', 0]);
      const [, port] = inet(listener.getsockname());
      const connectLater = `setTimeout(() => {
        const client = require('node:net').connect(${port}, '127.0.0.1', () => setTimeout(() => client.end(), ${WAIT_MS}));
      }, ${WAIT_MS})`;
      const connected = peer([process.execPath, '-e', connectLater]);
      const [server] = listener.accept();
      server.close();
      await connected;
    }),
});
