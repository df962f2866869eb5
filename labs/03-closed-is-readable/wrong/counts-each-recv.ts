// The check reports: The client has finished when recv returns 0 bytes, and not before
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const counts = new Map<socket.Socket, number>();

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) accept();
    else count(s);
  }
}

function accept(): void {
  const [client] = listener.accept();
  inputs.push(client);
  counts.set(client, 0);
}

function count(client: socket.Socket): void {
  const bytes = counts.get(client) ?? 0;
  try {
    const data = client.recv(1024);
    counts.set(client, bytes + data.length);
    client.sendall(Buffer.from(`${bytes + data.length} bytes\n`));
    if (data.length > 0) return;
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
  inputs.splice(inputs.indexOf(client), 1);
  counts.delete(client);
  client.close();
}
