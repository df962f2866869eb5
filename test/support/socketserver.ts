import { inspect } from 'node:util';

import { selectAsync } from '../../src/select.ts';
import { type AddressInput, type Socket, SOCK_STREAM, socket } from '../../src/socket.ts';
import { BaseRequestHandler, type BaseServer, StreamRequestHandler, TCPServer } from '../../src/socketserver.ts';

const WATCHDOG_SECONDS = 10;

/** An address with a port that the kernel chooses. */
export const ANY_PORT: AddressInput = ['127.0.0.1', 0];

/** Longer than any test may take: a test fails if nothing ends such a wait. */
export const LONG_SECONDS = 60;

/** The longest time for something that has to happen immediately. */
export const AT_ONCE_MS = 900;

export class EchoLine extends StreamRequestHandler {
  override handle(): void {
    this.wfile.write(this.rfile.readline());
  }
}

/** A TCP server whose handler runs a function. */
export function tcpServer(handle: (handler: BaseRequestHandler) => void | Promise<void>): TCPServer {
  return new TCPServer(
    ANY_PORT,
    class extends BaseRequestHandler {
      override handle(): void | Promise<void> {
        return handle(this);
      }
    },
  );
}

/** A client that has connected and sent its text. The server need not run yet. */
export function client(server: TCPServer<never> | TCPServer, text = ''): Socket {
  const connection = socket(server.addressFamily, SOCK_STREAM);
  connection.connect(server.serverAddress as AddressInput);
  if (text !== '') connection.sendall(Buffer.from(text));
  return connection;
}

/** Reads the text up to the end of input, while Node goes on running. */
export async function received(connection: Socket): Promise<string> {
  let text = '';
  for (;;) {
    const [readable] = await selectAsync([connection], [], [], WATCHDOG_SECONDS);
    if (readable.length === 0) throw new Error(`timed out on ${inspect(connection)}`);
    const bytes = connection.recv(65536);
    if (bytes.length === 0) return text;
    text += bytes.toString();
  }
}

/** Runs a server during a test, and ends it afterwards. */
export async function serving<Server extends BaseServer>(
  server: Server,
  test: (server: Server) => Promise<void>,
): Promise<void> {
  const ended = server.serveForeverAsync(LONG_SECONDS);
  try {
    await Promise.race([
      test(server),
      ended.then(() => {
        throw new Error('the loop has ended');
      }),
    ]);
  } finally {
    await server.shutdown();
    await ended;
    server.serverClose();
  }
}

/** Returns the milliseconds until a promise resolves. */
export async function elapsed(promise: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await promise;
  return performance.now() - began;
}

/** Counts the calls of serviceActions and handleTimeout, and shuts down after `endWith` calls of serviceActions. */
export class Counting extends TCPServer {
  actions = 0;
  timeouts = 0;
  endWith = Infinity;
  override serviceActions(): void {
    if (++this.actions === this.endWith) void this.shutdown();
  }
  override handleTimeout(): void {
    this.timeouts++;
  }
}

/** Lets a server handle one request of a client that has sent `text`. Returns the text that the server sent back. */
export async function answer(server: TCPServer, text = ''): Promise<string> {
  using connection = client(server, text);
  server.handleRequest();
  return await received(connection);
}
