// The check reports: Your program spins while a client does not read
import process from 'node:process';

import { BlockingIOError, ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const unsent = new Map<socket.Socket, Buffer>();

while (true) {
  const [readable] = select.select(inputs, [], [], unsent.size > 0 ? 0 : 1);
  for (const s of readable) {
    if (s === listener) accept();
    else serve(s, receive);
  }
  for (const s of unsent.keys()) serve(s, send);
}

function accept(): void {
  const [client] = listener.accept();
  client.setblocking(false);
  inputs.push(client);
}

function serve(client: socket.Socket, what: (client: socket.Socket) => void): void {
  try {
    what(client);
  } catch (error) {
    if (error instanceof BlockingIOError) return;
    if (!(error instanceof ConnectionError)) throw error;
    drop(client);
  }
}

function receive(client: socket.Socket): void {
  const line = client.recv(1024);
  if (line.length === 0) {
    drop(client);
    return;
  }
  unsent.set(client, Buffer.alloc(Number(line.toString()), 'x'));
  send(client);
}

function send(client: socket.Socket): void {
  const bytes = unsent.get(client)!;
  const rest = bytes.subarray(client.send(bytes));
  if (rest.length > 0) unsent.set(client, rest);
  else unsent.delete(client);
}

function drop(client: socket.Socket): void {
  inputs.splice(inputs.indexOf(client), 1);
  unsent.delete(client);
  client.close();
}
