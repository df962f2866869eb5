// The article's mistake: a client that has closed stays in the list. After 0.2 s this program removes it.
import process from 'node:process';

import { ConnectionResetError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const SHOWN = 3;
const SPIN_MS = 200;

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const names = new Map<socket.Socket, string>();
let turns = 0;
let spinningSinceMs = 0;

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
  names.set(client, `client ${names.size + 1}`);
  console.log(`accept: ${names.get(client) ?? ''}`);
}

function receive(client: socket.Socket): void {
  const name = names.get(client) ?? '';
  try {
    const data = client.recv(1024);
    if (data.length > 0) console.log(`readable: ${name}; recv: ${JSON.stringify(data.toString())}`);
    else spin(client, name);
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
    console.log(`readable: ${name}; recv: ${error.code ?? ''}; removed from the list`);
    drop(client);
  }
}

function spin(client: socket.Socket, name: string): void {
  if (turns === 0) spinningSinceMs = performance.now();
  if (turns < SHOWN) console.log(`readable: ${name}; recv: 0 bytes`);
  turns++;
  if (performance.now() - spinningSinceMs < SPIN_MS) return;
  console.log(`… ${turns - SHOWN} more turns like these in ${SPIN_MS / 1e3} s, without any use`);
  client.sendall(Buffer.from('goodbye\n'));
  console.log(`${name}: sent goodbye, removed from the list, closed`);
  drop(client);
  turns = 0;
}

function drop(client: socket.Socket): void {
  inputs.splice(inputs.indexOf(client), 1);
  client.close();
}
