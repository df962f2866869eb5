// The check reports: Bytes are missing.
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) accept();
    else serve(s);
  }
}

function accept(): void {
  const [client] = listener.accept();
  client.setblocking(false);
  inputs.push(client);
}

function serve(client: socket.Socket): void {
  try {
    const line = client.recv(1024);
    if (line.length > 0) {
      client.send(Buffer.alloc(Number(line.toString()), 'x'));
      return;
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
