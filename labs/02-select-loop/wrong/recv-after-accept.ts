// The check reports: Right after accept there may be nothing to receive:
import process from 'node:process';

import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) {
      const [client] = listener.accept();
      client.setblocking(false);
      client.sendall(client.recv(1024));
      inputs.push(client);
      continue;
    }
    const data = s.recv(1024);
    if (data.length > 0) s.sendall(data);
    else inputs.splice(inputs.indexOf(s), 1);
  }
}
