// The check reports: something examines all of them in each turn.
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const poller = select.poll();
poller.register(listener, select.POLLIN);
const clients = new Map<number, socket.Socket>();

while (true) {
  for (const [fd] of poller.poll(1000)) {
    if (fd === listener.fileno()) accept();
    else answer(clients.get(fd)!);
  }
}

function accept(): void {
  const [client] = listener.accept();
  clients.set(client.fileno(), client);
  poller.register(client, select.POLLIN);
}

function answer(client: socket.Socket): void {
  try {
    const data = client.recv(1024);
    if (data.length > 0) {
      client.sendall(data);
      return;
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
  drop(client);
}

function drop(client: socket.Socket): void {
  poller.unregister(client);
  clients.delete(client.fileno());
  client.close();
}
