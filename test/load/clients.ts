// The clients of the load tests, in a process of their own: `node clients.js KIND PORT COUNT`. The program prints 'connected'
// when all clients are connected, does its next step after each line on standard input, and prints the result.
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

import { ConnectionError, OSError } from '../../src/system/errors.ts';
import { EpollSelector, EVENT_WRITE } from '../../src/selectors.ts';
import { AF_INET, SO_ERROR, SOCK_NONBLOCK, SOCK_STREAM, Socket, SOL_SOCKET } from '../../src/socket.ts';

const [kind = '', port = '', count = ''] = process.argv.slice(2);
const input = createInterface(process.stdin)[Symbol.asyncIterator]();
// Each address of 127.0.0.0/8 has its own ephemeral ports.
const SOURCES = 20;
const AT_A_TIME = 256;
const MESSAGES = 5;
const GIGABYTE = 1e9;
const CHUNK = Buffer.alloc(65536, 'x');

const sockets = connectAll(Number(count));
say('connected');
await input.next();
await kinds()[kind]?.();
await input.next();
process.exit();

function kinds(): Record<string, () => Promise<void> | void> {
  return {
    // Numbered lines: first line 0 on each socket, then line 1 on each socket, and so on.
    lines() {
      for (let message = 0; message < MESSAGES; message++) {
        sockets.forEach((socket, index) => {
          socket.sendall(Buffer.from(`${index} ${message}\n`));
        });
      }
      say('sent');
    },
    // A byte now and then, but never a whole line.
    async loris() {
      let left = sockets.length;
      while (left > 0) {
        for (const socket of sockets) if (socket.fileno() >= 0 && !sends(socket, Buffer.from('x'))) left--;
        await setTimeout(100);
      }
      say('all closed');
    },
    // Endless requests, without reading the answers.
    async deaf() {
      let left = sockets.length;
      while (left > 0) {
        for (const socket of sockets) if (socket.fileno() >= 0 && !sends(socket, Buffer.from('request\n'))) left--;
        await setTimeout(10);
      }
      say('all closed');
    },
    // A gigabyte without a newline.
    async endless() {
      let sent = 0;
      const [socket] = sockets;
      while (socket!.fileno() >= 0 && sent < GIGABYTE) {
        const before = sent;
        if (sends(socket!, CHUNK)) sent += CHUNK.length;
        if (sent - before === 0) break;
        await setTimeout(0);
      }
      say(`${sent} bytes`);
    },
    // Lines without their newline, which follows after the next line on standard input.
    async halves() {
      sockets.forEach((socket, index) => {
        socket.sendall(Buffer.from(`${index} whole\n${index} ha`));
      });
      say('sent');
      await input.next();
      for (const socket of sockets) sends(socket, Buffer.from('lf\n'));
      say('sent');
    },
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

// Returns whether the connection is alive. EAGAIN does not mean that it has ended.
function sends(socket: Socket, data: Buffer): boolean {
  try {
    socket.send(data);
    return true;
  } catch (error) {
    if (error instanceof OSError && error.code === 'EAGAIN') return true;
    if (!(error instanceof ConnectionError)) throw error;
    socket.close();
    return false;
  }
}

function connectAll(count: number): Socket[] {
  using selector = new EpollSelector();
  const connected: Socket[] = [];
  let begun = 0;
  while (connected.length < count) {
    while (begun < count && begun - connected.length < AT_A_TIME) selector.register(begin(begun++), EVENT_WRITE);
    for (const [{ fileobj }] of selector.select(10)) {
      const socket = fileobj as Socket;
      const error = socket.getsockopt(SOL_SOCKET, SO_ERROR);
      if (error !== 0) throw new Error(`connection ${connected.length} failed: errno ${error}`);
      selector.unregister(socket);
      connected.push(socket);
    }
  }
  return connected;
}

function begin(index: number): Socket {
  const socket = new Socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
  socket.bind([`127.0.1.${(index % SOURCES) + 1}`, 0]);
  socket.connectEx(['127.0.0.1', Number(port)]);
  return socket;
}
