// The loop with poll. The table has the fds and the events to ask for; poll returns the events that occurred.
import process from 'node:process';

import { ConnectionResetError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP } = select;
const bits = { POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDHUP };

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const poller = select.poll();
poller.register(listener, POLLIN);
const clients = new Map<number, { client: socket.Socket; name: string }>();
let accepted = 0;

while (true) {
  const ready = poller.poll(1000); // milliseconds
  if (ready.length === 0) console.log('poll: nothing for 1 s');
  for (const [fd, revents] of ready) {
    const name = fd === listener.fileno() ? 'listener' : clients.get(fd)!.name;
    console.log(`poll: ${name}: ${namesOf(revents)}`);
    if (fd === listener.fileno()) accept();
    else receive(fd, revents);
  }
}

function namesOf(revents: number): string {
  const set = Object.entries(bits).filter(([, bit]) => revents & bit);
  return set.map(([name]) => name).join(' | ');
}

function accept(): void {
  const [client] = listener.accept();
  clients.set(client.fileno(), { client, name: `client ${++accepted}` });
  poller.register(client, POLLIN | POLLPRI | POLLRDHUP);
}

function receive(fd: number, revents: number): void {
  if (revents & POLLNVAL) {
    poller.unregister(fd);
    clients.delete(fd);
    console.log('  unregistered');
    return;
  }
  const { client } = clients.get(fd)!;
  try {
    const data = client.recv(1024);
    console.log(`  recv: ${data.length === 0 ? '0 bytes' : JSON.stringify(data.toString())}`);
    if (data.length > 0) return;
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
    console.log(`  recv: ${error.code ?? ''}`);
  }
  client.close();
  console.log('  closed, but not unregistered on purpose');
}
