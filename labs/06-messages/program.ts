// The article's mistake: the program treats the bytes of each recv as one message.
import process from 'node:process';

import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const names = new Map([[listener, 'listener']]);

while (true) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === listener) accept();
    else receive(s);
  }
}

function accept(): void {
  const [client] = listener.accept();
  inputs.push(client);
  names.set(client, `client ${names.size}`);
}

function receive(client: socket.Socket): void {
  const data = client.recv(1024);
  if (data.length === 0) {
    inputs.splice(inputs.indexOf(client), 1);
    client.close();
    return;
  }
  const text = JSON.stringify(data.toString());
  const shown = text.length > 40 ? `${text.slice(0, 36)}…"` : text;
  console.log(`message of ${names.get(client) ?? ''}, ${data.length} bytes: ${shown}`);
}
