// The check reports: When a client resets its connection, your program must go on
import process from 'node:process';

import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const counts = new Map<socket.Socket, number>();

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) inputs.push(listener.accept()[0]);
    else count(s);
  }
}

function count(client: socket.Socket): void {
  const bytes = counts.get(client) ?? 0;
  const data = client.recv(1024);
  counts.set(client, bytes + data.length);
  if (data.length > 0) return;
  client.sendall(Buffer.from(`${bytes} bytes\n`));
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
