// tripoll's server as a user would write it, with each backend: inside Node's loop, and blocking the thread.
import { epoll, type FileObject, poll, select } from 'tripoll/select';
import { type Backend, Server, type ServerOptions } from 'tripoll/server';
import { socketpair } from 'tripoll/socket';
import { EPOLLIN, EPOLLOUT, EPOLLPRI, POLLIN, POLLOUT, POLLPRI } from 'tripoll/sys';

import type { Driver, Role } from '../harness/results.ts';
import { countLine, type Counters, LISTENER, ready, run, type ServedRole } from './lib/program.ts';
import { ignoreSigterm, inputEnded, setNoDelay } from './lib/sys-process.ts';

const roles: readonly Role[] = ['echo', 'reply', 'lines', 'batch', 'collect', 'urgent'];
const backends: readonly Backend[] = ['select', 'poll', 'epoll'];

const drivers: Driver[] = backends.flatMap((mechanism) => [
  {
    name: `tripoll-${mechanism}`,
    label: `tripoll, ${mechanism}`,
    family: 'tripoll',
    mechanism,
    roles: [...roles, 'crowd', 'call'],
    collects: true,
    justInTime: true,
  },
  {
    name: `tripoll-${mechanism}-blocking`,
    label: `tripoll, ${mechanism}, blocking`,
    family: 'tripoll blocking',
    mechanism,
    roles,
    collects: false,
    justInTime: true,
  },
]);

const reply = (counters: Counters): Partial<ServerOptions> => ({
  framing: { kind: 'line', keepDelimiter: true },
  onMessage(line, connection) {
    counters.messages++;
    connection.write(line);
  },
});

const handlers: Record<ServedRole, (counters: Counters) => Partial<ServerOptions>> = {
  echo: (counters) => ({
    onMessage(chunk, connection) {
      counters.messages++;
      connection.write(chunk);
    },
  }),
  reply,
  crowd: reply,
  lines: (counters) => ({
    framing: 'line',
    onMessage(line) {
      countLine(counters, line);
    },
  }),
  batch: (counters) => ({
    framing: 'line',
    onBatch(lines) {
      counters.messages += lines.length;
      for (let i = 0; i < lines.length; i++) {
        counters.checksum = (counters.checksum + (lines.byteAt(i, -1) ?? 0)) >>> 0;
      }
    },
  }),
  collect: (counters) => ({
    onMessage() {
      counters.messages++;
    },
  }),
  urgent: (counters) => ({
    onExceptional(byte, connection) {
      counters.messages++;
      connection.write(Buffer.of(byte));
    },
  }),
};

async function serve({ mechanism, family }: Driver, role: ServedRole, counters: Counters): Promise<void> {
  setNoDelay();
  const blocking = family === 'tripoll blocking';
  const server = new Server({
    address: { fd: LISTENER },
    backend: mechanism,
    maxClients: 0,
    onTick() {
      if (blocking && inputEnded()) server.close();
    },
    ...handlers[role](counters),
  });
  ready();
  if (blocking) {
    ignoreSigterm();
    server.serveForeverBlocking();
  } else {
    process.once('SIGTERM', () => {
      server.close();
    });
    await server.serveForever();
  }
  const { clients, bytes, turns } = server.stats();
  Object.assign(counters, { connections: clients, bytes, turns });
}

function call({ mechanism }: Driver, form: string, count: number): () => unknown {
  const sockets = Array.from({ length: Math.ceil(count / 2) }, () => socketpair())
    .flat()
    .slice(0, count);
  const mask = (r: number, w: number, x: number): number =>
    (form.includes('r') ? r : 0) | (form.includes('w') ? w : 0) | (form.includes('x') ? x : 0);
  if (mechanism === 'select') {
    const list = (letter: string): readonly FileObject[] => (form.includes(letter) ? sockets : []);
    const [rlist, wlist, xlist] = [list('r'), list('w'), list('x')];
    return () => select(rlist, wlist, xlist, 0);
  }
  if (mechanism === 'poll') {
    const poller = poll();
    for (const socket of sockets) poller.register(socket, mask(POLLIN, POLLOUT, POLLPRI));
    return () => poller.poll(0);
  }
  const poller = epoll();
  for (const socket of sockets) poller.register(socket, mask(EPOLLIN, EPOLLOUT, EPOLLPRI));
  return () => poller.poll(0);
}

await run({ drivers, serve, call });
