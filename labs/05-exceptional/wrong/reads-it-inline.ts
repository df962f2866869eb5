// The check reports: The urgent byte was read as if it were an ordinary byte.
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];

while (true) {
  const [readable] = select.select(inputs, [], inputs, 1);
  for (const s of readable) {
    if (s === listener) accept();
    else answer(s);
  }
}

function accept(): void {
  const [client] = listener.accept();
  client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1);
  inputs.push(client);
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
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
