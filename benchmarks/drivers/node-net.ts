// A node:net server as an engineer would write it: with 'data' handlers, and without reading while the client does not read.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

import type { Driver } from '../harness/results.ts';
import { countLine, type Counters, LISTENER, ready, run, type ServedRole } from './lib/program.ts';

const BACKLOG = 4096;
const NEWLINE = 10;

const driver: Driver = {
  name: 'node-net',
  label: 'node:net',
  family: 'node:net',
  mechanism: 'epoll',
  roles: ['echo', 'reply', 'lines', 'collect', 'crowd'],
  collects: true,
  justInTime: true,
};

// Returns the handler for the chunks of a connection.
type Handler = (socket: Socket, counters: Counters) => (chunk: Buffer) => void;

const reply: Handler = (socket, counters) =>
  splitting((chunk, from, newline) => {
    counters.messages++;
    write(socket, chunk.subarray(from, newline + 1));
  });

const handlers: Partial<Record<ServedRole, Handler>> = {
  echo: (socket, counters) => (chunk) => {
    counters.messages++;
    write(socket, chunk);
  },
  reply,
  crowd: reply,
  lines: (_socket, counters) =>
    splitting((chunk, from, newline) => {
      countLine(counters, chunk.subarray(from, newline));
    }),
  collect: (_socket, counters) => () => {
    counters.messages++;
  },
};

// Node allocates each chunk newly, so a part of it may be kept.
function splitting(handle: (chunk: Buffer, from: number, newline: number) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (received) => {
    const chunk = rest === undefined ? received : Buffer.concat([rest, received]);
    let from = 0;
    for (let newline; (newline = chunk.indexOf(NEWLINE, from)) !== -1; from = newline + 1) handle(chunk, from, newline);
    rest = from === chunk.length ? undefined : chunk.subarray(from);
  };
}

function write(socket: Socket, data: Buffer): void {
  if (!socket.write(data)) socket.pause();
}

async function serve(_driver: Driver, role: ServedRole, counters: Counters): Promise<void> {
  const handler = handlers[role]!;
  const server = createServer({ noDelay: true }, (socket) => {
    counters.connections++;
    const handle = handler(socket, counters);
    socket.on('data', (chunk) => {
      counters.bytes += chunk.length;
      handle(chunk);
    });
    socket.on('drain', () => socket.resume());
    // A reset ends only this connection.
    socket.on('error', () => socket.destroy());
  });
  server.listen({ fd: LISTENER }, BACKLOG, ready);
  await once(process, 'SIGTERM');
  const metrics = performance.nodeTiming.uvMetricsInfo as typeof performance.nodeTiming.uvMetricsInfo | undefined;
  counters.turns = metrics?.loopCount ?? null;
  counters.events = metrics?.events ?? null;
}

await run({ drivers: [driver], serve });
