// The same server on node:net. The loop, the list of sockets and the wait are inside Node, in libuv's epoll.
import { createServer, type Socket } from 'node:net';
import process from 'node:process';

const clients = new Set<Socket>();
const server = createServer((client) => {
  clients.add(client);
  client.on('error', () => undefined).on('close', () => clients.delete(client));
  let rest = '';
  client.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) client.write(`${line.toUpperCase()}\n`);
  });
});
server.listen(Number(process.argv[2] ?? 9001), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening ${typeof address === 'object' ? String(address?.port) : ''}`);
});

const timer = setInterval(() => {
  console.log('tick');
}, 100);
process.once('SIGTERM', () => {
  clearInterval(timer);
  server.close();
  for (const client of clients) client.destroy();
  console.log('bye');
});
