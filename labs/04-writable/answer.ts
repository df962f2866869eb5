import process from 'node:process';

import { BlockingIOError, ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const unsent = new Map<socket.Socket, Buffer>();

while (true) {
  // The second list contains only the clients that have unsent bytes.
  const [readable, writable] = select.select(inputs, unsent.keys(), [], 1);
  for (const s of readable) {
    if (s === listener) accept();
    else serve(s, receive);
  }
  // A client that was dropped in the loop above has no unsent bytes any more.
  for (const s of writable) if (unsent.has(s)) serve(s, send);
}

function accept(): void {
  const [client] = listener.accept();
  client.setblocking(false);
  inputs.push(client);
}

function serve(client: socket.Socket, action: (client: socket.Socket) => void): void {
  try {
    action(client);
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
  // A line may arrive in pieces: see lesson 6.
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
