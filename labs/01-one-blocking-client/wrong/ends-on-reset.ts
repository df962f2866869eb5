// The check reports: When a client resets its connection, your program must go on
import process from 'node:process';

import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

while (true) {
  const [client] = listener.accept();
  for (let data; (data = client.recv(1024)).length > 0;) client.sendall(data);
  client.close();
}
