// The check reports: Your program answered a part of a line before the whole line had arrived.
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
    if (s === listener) inputs.push(listener.accept()[0]);
    else answer(s);
  }
}

function answer(client: socket.Socket): void {
  try {
    const data = client.recv(1024);
    if (data.length > 0) {
      client.sendall(Buffer.from(data.toString().toUpperCase()));
      return;
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
