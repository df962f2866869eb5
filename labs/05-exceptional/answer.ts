import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];

while (true) {
  const [readable, , exceptional] = select.select(inputs, [], inputs, 1);
  for (const s of exceptional) serve(s, answerUrgent);
  for (const s of readable) {
    if (s === listener) inputs.push(listener.accept()[0]);
    // A client that was dropped in the loop above is not in the list any more.
    else if (inputs.includes(s)) serve(s, answer);
  }
}

function serve(client: socket.Socket, action: (client: socket.Socket) => void): void {
  try {
    action(client);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    drop(client);
  }
}

function answerUrgent(client: socket.Socket): void {
  const byte = client.recv(1, socket.MSG_OOB);
  client.sendall(Buffer.from(`urgent ${byte.toString('latin1')}\n`));
}

function answer(client: socket.Socket): void {
  const data = client.recv(1024);
  if (data.length > 0) client.sendall(data);
  else drop(client);
}

function drop(client: socket.Socket): void {
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
