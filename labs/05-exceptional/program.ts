// All three lists. For a TCP socket, the third one reports an urgent byte and nothing else.
import process from 'node:process';

import { ConnectionResetError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const names = new Map([[listener, 'listener']]);
const named = (list: socket.Socket[]): string => list.map((s) => names.get(s)).join(', ') || '-';

while (true) {
  const [readable, , exceptional] = select.select(inputs, [], inputs, 1);
  if (readable.length + exceptional.length === 0) console.log('select: nothing for 1 s');
  else console.log(`readable: ${named(readable)}; exceptional: ${named(exceptional)}`);
  for (const s of exceptional) {
    // The urgent byte comes first: an ordinary recv would skip it, and it would be lost.
    console.log(`  recv(1, MSG_OOB): ${JSON.stringify(s.recv(1, socket.MSG_OOB).toString())}`);
  }
  for (const s of readable) {
    if (s === listener) accept();
    else receive(s);
  }
}

function accept(): void {
  const [client] = listener.accept();
  inputs.push(client);
  names.set(client, `client ${names.size}`);
  console.log(`  accept: ${names.get(client) ?? ''}`);
}

function receive(client: socket.Socket): void {
  try {
    const data = client.recv(1024);
    console.log(`  recv(1024): ${JSON.stringify(data.toString())}`);
    if (data.length > 0) return;
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
    console.log(`  recv(1024): ${error.code ?? ''}`);
  }
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
