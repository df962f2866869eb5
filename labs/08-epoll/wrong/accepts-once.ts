// The check reports: only some were accepted
import process from 'node:process';

import { BlockingIOError, ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const { EPOLLET, EPOLLIN } = select;

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);
listener.setblocking(false);

const poller = select.epoll();
poller.register(listener, EPOLLIN | EPOLLET);
const clients = new Map<number, socket.Socket>();

while (true) {
  for (const [fd] of poller.poll(1)) {
    if (fd === listener.fileno()) accept();
    else answer(clients.get(fd)!);
  }
}

function untilBlocked(step: () => boolean): void {
  try {
    while (step());
  } catch (error) {
    if (!(error instanceof BlockingIOError)) throw error;
  }
}

function accept(): void {
  const [client] = listener.accept();
  client.setblocking(false);
  clients.set(client.fileno(), client);
  poller.register(client, EPOLLIN | EPOLLET);
}

function answer(client: socket.Socket): void {
  try {
    untilBlocked(() => echo(client));
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    drop(client);
  }
}

function echo(client: socket.Socket): boolean {
  const data = client.recv(4096);
  if (data.length === 0) {
    drop(client);
    return false;
  }
  client.sendall(data);
  return true;
}

function drop(client: socket.Socket): void {
  poller.unregister(client);
  clients.delete(client.fileno());
  client.close();
}
