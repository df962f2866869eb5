// seed-server.ts without its defects. It receives one message per connection: all bytes until the client closes.
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';

import { BlockingIOError, OSError } from 'tripoll';
import * as select from 'tripoll/select';
import * as socket from 'tripoll/socket';

const portNumber = Number(process.argv[2] ?? 9001);
const maxClients = 5;
const maxMessageBytes = 1024 * 1024;

const serverSocket = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
// Without this option, `bind` fails for a minute after a restart: closed connections keep the port in TIME_WAIT.
serverSocket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);
serverSocket.bind(['0.0.0.0', portNumber]);
serverSocket.listen(maxClients);
serverSocket.setblocking(false);

const inputs = [serverSocket];
const received = new Map<socket.Socket, Buffer[]>();

// Defect: the server cannot be ended cleanly. Here a signal ends the loop, and then the program closes its sockets. The
// signal handler runs between two turns, during the `await` below: no JavaScript can run inside `select`.
const ending = new AbortController();
const end = () => {
  ending.abort();
};
process.once('SIGINT', end).once('SIGTERM', end);

while (!ending.signal.aborted) {
  const [readable] = select.select(inputs, [], [], 1);
  for (const s of readable) {
    if (s === serverSocket) acceptClient();
    else receive(s);
  }
  await setImmediate();
}
for (const s of inputs) s.close();

function acceptClient(): void {
  const accepted = unlessBlocked(() => serverSocket.accept());
  if (accepted === undefined) return;
  const [connection] = accepted;
  connection.setblocking(false);
  inputs.push(connection);
  // Defect: recv is called right after accept, when there may be no bytes yet. Here `select` reports when bytes arrive.
  received.set(connection, []);
}

function receive(client: socket.Socket): void {
  const chunks = received.get(client) ?? [];
  try {
    const chunk = unlessBlocked(() => client.recv(1024));
    if (chunk === undefined) return;
    // Defect: a message longer than 1024 bytes is cut. One recv may return a part of a message; only the end of the input
    // shows that it is complete. A limit is necessary, because otherwise one client could fill the memory.
    chunks.push(chunk);
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    if (chunk.length > 0 && bytes <= maxMessageBytes) return;
    if (bytes > maxMessageBytes) throw new OSError(`more than ${maxMessageBytes} bytes without an end`);
    const message = Buffer.concat(chunks);
    if (message.length > 0) console.log(message.toString());
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    console.error(error.message);
  }
  // Defect: a closed client stays in `inputs`. It would be readable forever, and the loop would spin.
  inputs.splice(inputs.indexOf(client), 1);
  received.delete(client);
  client.close();
}

// Readiness is a hint: a socket that was ready may not be ready any more when the call is made.
function unlessBlocked<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof BlockingIOError) return undefined;
    throw error;
  }
}
