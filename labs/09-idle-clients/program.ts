// Each line from a client makes it measure, over all its sockets: what does one call of select, poll and epoll cost?
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

// All who wait, so that a line that comes later finds them counted.
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
  // Its line is still there while we measure, so that one socket of all is ready.
  if (client.recv(1, socket.MSG_PEEK).length > 0) measure();
  if (client.recv(1024).length > 0) return;
  inputs.splice(inputs.indexOf(client), 1);
  poller.unregister(client);
  epoller.unregister(client);
  client.close();
}

function measure(): void {
  // Python's select, and ours by default, refuses fds from 1024 on; the system call does not.
  const usSelect = median(() => select.select(inputs, [], [], 1, { fdSetSize: 'unlimited' }));
  const usPoll = median(() => poller.poll(1000));
  const usEpoll = median(() => epoller.poll(1));
  const cells = [usSelect, usPoll, usEpoll].map((us) => us.toFixed(1).padStart(8));
  console.log(
    `${String(inputs.length - 1).padStart(5)} clients, µs a call: select${cells[0]}  poll${cells[1]}  epoll${cells[2]}`,
  );
}

// Machines have bad moments, so the middle one of several rounds counts.
function median(call: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const beganMs = performance.now();
    for (let i = 0; i < CALLS; i++) call();
    return ((performance.now() - beganMs) / CALLS) * 1e3;
  });
  return rounds.sort((a, b) => a - b)[(ROUNDS - 1) / 2]!;
}
