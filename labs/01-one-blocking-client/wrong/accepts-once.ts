// The check reports: The second client was not served
import process from 'node:process';

import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const [client] = listener.accept();
while (true) client.sendall(client.recv(1024));
