// The check reports: Call it before any other recv, which would lose the byte.
import process from 'node:process';

import { OSError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];

while (true) {
  const [readable, , exceptional] = select.select(inputs, [], inputs, 1);
  for (const s of new Set([...readable, ...exceptional])) {
    if (s === listener) accept();
    else answer(s, exceptional.includes(s));
  }
}

function accept(): void {
  const [client] = listener.accept();
  client.setblocking(false);
  inputs.push(client);
}

function answer(client: socket.Socket, isUrgent: boolean): void {
  try {
    const data = client.recv(1024);
    if (isUrgent) client.sendall(Buffer.from(`urgent ${client.recv(1, socket.MSG_OOB).toString()}\n`));
    if (data.length > 0) client.sendall(data);
    else drop(client);
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
  }
}

function drop(client: socket.Socket): void {
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
