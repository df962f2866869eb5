// The check reports: Only the first message of a client is answered.
import process from 'node:process';

import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

while (true) {
  const [client] = listener.accept();
  client.sendall(client.recv(1024));
  client.close();
}
