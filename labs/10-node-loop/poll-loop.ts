// The same server on tripoll/server, which runs the loop of select. Node's own loop is one more fd in it.
import process from 'node:process';

import { Server } from 'tripoll/server';

const server = new Server({
  address: ['127.0.0.1', Number(process.argv[2] ?? 9001)],
  framing: 'line',
  onMessage(line, client) {
    client.write(`${line.toString().toUpperCase()}\n`);
  },
});
console.log(`listening ${String(server.address()[1])}`);

const timer = setInterval(() => {
  console.log('tick');
}, 100);
process.once('SIGTERM', () => {
  server.shutdown();
});
await server.serveForever();
clearInterval(timer);
console.log('bye');
