// The check reports: Two lines arrived in one piece, and your program sent only one answer.
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const received = new Map<socket.Socket, Buffer>();

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) accept();
    else serve(s);
  }
}

function accept(): void {
  const [client] = listener.accept();
  inputs.push(client);
  received.set(client, Buffer.alloc(0));
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
  received.delete(client);
  client.close();
}

function answerLines(client: socket.Socket, data: Buffer): void {
  const whole = Buffer.concat([received.get(client)!, data]);
  const end = whole.indexOf('\n') + 1;
  if (end > 0) client.sendall(Buffer.from(whole.toString('utf8', 0, end).toUpperCase()));
  received.set(client, whole.subarray(end));
}
