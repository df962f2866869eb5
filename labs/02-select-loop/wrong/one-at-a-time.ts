// The check reports: A client that sends nothing blocks the others.
import process from 'node:process';

import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];

while (true) {
  select.select(inputs, [], [], 1);
  const [client] = listener.accept();
  for (let data; (data = client.recv(1024)).length > 0;) client.sendall(data);
  client.close();
}
