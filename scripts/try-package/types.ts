// Compiled only: strict, without skipLibCheck, with three ways to resolve modules.
import { OSError } from 'tripoll';
import { select } from 'tripoll/select';
import { DefaultSelector, EVENT_READ } from 'tripoll/selectors';
import { type Connection, Server } from 'tripoll/server';
import { type Socket, socketpair } from 'tripoll/socket';
import { BaseRequestHandler, TCPServer } from 'tripoll/socketserver';
import { recv } from 'tripoll/sys';

const [a] = socketpair();
const [readable]: [Socket[], unknown[], unknown[]] = select([a], [], [], 0);
export const count: number = readable.length + recv(a.fileno(), Buffer.alloc(1), 0, 1, 0);
new DefaultSelector().register(a, EVENT_READ);
new Server({
  address: ['127.0.0.1', 0],
  framing: 'line',
  onMessage(message: Buffer, connection: Connection) {
    connection.write(message);
  },
});
class Handler extends BaseRequestHandler {
  override handle(): void {
    console.log(this.clientAddress);
  }
}
new TCPServer(['127.0.0.1', 0], Handler);
export const isOSError = (error: unknown): boolean => error instanceof OSError;
