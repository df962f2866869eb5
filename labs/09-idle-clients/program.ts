// When a client sends a line, the program measures the cost of one call of select, poll and epoll over all its sockets.
import process from 'node:process';

import { BlockingIOError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const CALLS = 300;
const ROUNDS = 5;

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

listener.setblocking(false);

const inputs = [listener];
const poller = select.poll();
const epoller = select.epoll();
watch(listener);

while (true) {
  for (const [fd] of epoller.poll(1)) {
    if (fd === listener.fileno()) accept();
    else serve(inputs.find((s) => s.fileno() === fd)!);
  }
}

function watch(s: socket.Socket): void {
  poller.register(s, select.POLLIN);
  epoller.register(s, select.EPOLLIN);
}

// Accepts all waiting clients, so that a measurement that starts later includes them.
function accept(): void {
  try {
    while (true) {
      const [client] = listener.accept();
      inputs.push(client);
      watch(client);
    }
  } catch (error) {
    if (!(error instanceof BlockingIOError)) throw error;
  }
}

function serve(client: socket.Socket): void {
  // MSG_PEEK does not remove the line, so this one socket stays ready during the measurement.
  if (client.recv(1, socket.MSG_PEEK).length > 0) measure();
  if (client.recv(1024).length > 0) return;
  inputs.splice(inputs.indexOf(client), 1);
  poller.unregister(client);
  epoller.unregister(client);
  client.close();
}

function measure(): void {
  // By default, select refuses fds above 1023, as Python's does. The system call has no such limit.
  const usSelect = median(() => select.select(inputs, [], [], 1, { fdSetSize: 'unlimited' }));
  const usPoll = median(() => poller.poll(1000));
  const usEpoll = median(() => epoller.poll(1));
  const cells = [usSelect, usPoll, usEpoll].map((us) => us.toFixed(1).padStart(8));
  console.log(
    `${String(inputs.length - 1).padStart(5)} clients, µs per call: select${cells[0]}  poll${cells[1]}  epoll${cells[2]}`,
  );
}

// The median of several rounds, because other programs may disturb some of the rounds.
function median(call: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const beganMs = performance.now();
    for (let i = 0; i < CALLS; i++) call();
    return ((performance.now() - beganMs) / CALLS) * 1e3;
  });
  return rounds.sort((a, b) => a - b)[(ROUNDS - 1) / 2]!;
}
