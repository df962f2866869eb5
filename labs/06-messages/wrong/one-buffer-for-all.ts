// The check reports: The lines of two clients were mixed up
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
let received = Buffer.alloc(0);

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) inputs.push(listener.accept()[0]);
    else serve(s);
  }
}

function serve(client: socket.Socket): void {
  try {
    const data = client.recv(1024);
    if (data.length > 0) {
      answerLines(client, data);
      return;
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}

function answerLines(client: socket.Socket, data: Buffer): void {
  received = Buffer.concat([received, data]);
  for (let end; (end = received.indexOf('\n')) >= 0; received = received.subarray(end + 1)) {
    client.sendall(Buffer.from(received.toString('utf8', 0, end + 1).toUpperCase()));
  }
}
