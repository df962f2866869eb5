// `ask` asks 100 times whether the client is writable. `fill` sends until the buffers are full.
import process from 'node:process';

import { BlockingIOError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const outputs: socket.Socket[] = [];

while (true) {
  const [readable, writable] = select.select(inputs, outputs, [], 1);
  for (const s of writable) {
    console.log('select: writable again; nothing to send, so removed from the second list');
    outputs.splice(outputs.indexOf(s), 1);
  }
  for (const s of readable) {
    if (s === listener) inputs.push(listener.accept()[0]);
    else command(s);
  }
}

function command(client: socket.Socket): void {
  const text = client.recv(1024).toString().trim();
  if (text === 'ask') ask(client);
  else if (text === 'fill') fill(client);
  else {
    inputs.splice(inputs.indexOf(client), 1);
    client.close();
  }
}

function ask(client: socket.Socket): void {
  let times = 0;
  const beganMs = performance.now();
  for (let i = 0; i < 100; i++) times += select.select([], [client], [], 1)[1].length;
  const ms = (performance.now() - beganMs).toFixed(1);
  console.log(`100 times select with a timeout of 1 s: writable ${times} times, ${ms} ms in all`);
}

function fill(client: socket.Socket): void {
  client.setblocking(false);
  const chunk = Buffer.alloc(65536, 'x');
  let bytes = 0;
  try {
    while (true) bytes += client.send(chunk);
  } catch (error) {
    if (!(error instanceof BlockingIOError)) throw error;
    console.log(`send accepted ${bytes} bytes, then failed with ${error.code ?? ''}: the buffers are full`);
  }
  const [, writable] = select.select([], [client], [], 0.5);
  console.log(`select with a timeout of 0.5 s: writable ${writable.length} times`);
  outputs.push(client);
}
