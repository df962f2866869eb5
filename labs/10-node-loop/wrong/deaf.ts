// The check reports: SIGTERM has to end the program with 'bye'
import process from 'node:process';

import { ConnectionError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const listener = socket.createServer(['127.0.0.1', Number(process.argv[2] ?? 9001)]);
console.log(`listening ${String(listener.getsockname()[1])}`);

const inputs = [listener];
const received = new Map<socket.Socket, Buffer>();
const ending = new AbortController();
const timer = setInterval(() => {
  console.log('tick');
}, 100);

while (!ending.signal.aborted) {
  for (const s of await wait()) {
    if (s === listener) inputs.push(listener.accept()[0]);
    else receive(s);
  }
}
clearInterval(timer);
for (const s of inputs) s.close();
console.log('bye');

async function wait(): Promise<socket.Socket[]> {
  try {
    return (await select.selectAsync(inputs, [], [], 1, ending))[0];
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    return [];
  }
}

function receive(client: socket.Socket): void {
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
  let rest = Buffer.concat([received.get(client) ?? Buffer.alloc(0), data]);
  for (let end; (end = rest.indexOf('\n')) >= 0; rest = rest.subarray(end + 1)) {
    const line = rest.toString('utf8', 0, end);
    client.sendall(Buffer.from(`${line.toUpperCase()}\n`));
  }
  received.set(client, rest);
}
