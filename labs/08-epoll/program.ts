// Clients 1, 3, 5 … are level-triggered, clients 2, 4, 6 … are edge-triggered. The program reads four bytes per event.
import process from 'node:process';

import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const { EPOLLET, EPOLLIN } = select;

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const poller = select.epoll();
poller.register(listener, EPOLLIN);
const clients = new Map<number, { client: socket.Socket; name: string }>();
let accepted = 0;

while (true) {
  const ready = poller.poll(1); // in seconds; the timeout of poll is in milliseconds
  if (ready.length === 0) console.log('epoll: nothing for 1 s');
  for (const [fd] of ready) {
    if (fd === listener.fileno()) accept();
    else receive(fd);
  }
}

function accept(): void {
  const [client] = listener.accept();
  const isEdge = ++accepted % 2 === 0;
  const name = `client ${accepted} (${isEdge ? 'edge' : 'level'})`;
  clients.set(client.fileno(), { client, name });
  poller.register(client, isEdge ? EPOLLIN | EPOLLET : EPOLLIN);
  console.log(`accept: ${name}`);
}

function receive(fd: number): void {
  const { client, name } = clients.get(fd)!;
  const data = client.recv(4);
  console.log(`epoll: ${name}; recv(4): ${JSON.stringify(data.toString())}`);
  if (data.length > 0) return;
  poller.unregister(client);
  clients.delete(fd);
  client.close();
}
