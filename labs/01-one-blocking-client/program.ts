// Serves one client at a time: each call blocks until it has a result.
import process from 'node:process';

import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

while (true) {
  console.log('accept: waiting for a client');
  const [client] = listener.accept();
  console.log('accept: got a client');
  while (true) {
    console.log('recv: waiting for bytes');
    const data = client.recv(1024);
    if (data.length === 0) break;
    console.log(`recv: ${JSON.stringify(data.toString())}`);
  }
  console.log('recv: 0 bytes, the client has closed its connection');
  client.close();
}
