// The check reports: Sockets stay open after their clients have closed their connections
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

while (true) {
  const [client] = listener.accept();
  try {
    for (let data; (data = client.recv(1024)).length > 0;) client.sendall(data);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
}
