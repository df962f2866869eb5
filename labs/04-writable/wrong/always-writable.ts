// The check reports: A socket is nearly always writable
import process from 'node:process';

import { BlockingIOError, ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const unsent = new Map<socket.Socket, Buffer>();

while (true) {
  const [readable, writable] = select.select(inputs, unsent.keys(), [], 1);
  for (const s of readable) {
    if (s === listener) accept();
    else serve(s, receive);
  }
  for (const s of writable) if (unsent.has(s)) serve(s, send);
}

function accept(): void {
  const [client] = listener.accept();
  client.setblocking(false);
  inputs.push(client);
  unsent.set(client, Buffer.alloc(0));
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
  if (line.length === 0) drop(client);
  else unsent.set(client, Buffer.alloc(Number(line.toString()), 'x'));
}

function send(client: socket.Socket): void {
  const bytes = unsent.get(client)!;
  unsent.set(client, bytes.subarray(client.send(bytes)));
}

function drop(client: socket.Socket): void {
  inputs.splice(inputs.indexOf(client), 1);
  unsent.delete(client);
  client.close();
}
