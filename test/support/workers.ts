import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type * as selectModule from '../../src/select.ts';
import type * as serverModule from '../../src/server.ts';
import type * as socketModule from '../../src/socket.ts';
import type * as sysModule from '../../src/sys.ts';
import { createServer } from '../../src/socket.ts';
import { countFds } from './fds.ts';

const WORKERS_AT_ONCE = 4;

/** What a program in a worker may use, besides globals and its data. */
export interface WorkerModules<Message = unknown> {
  select: typeof selectModule;
  server: typeof serverModule;
  socket: typeof socketModule;
  sys: typeof sysModule;
  /** Posts a message to the main thread. */
  tell: (message: Message) => void;
}

const MODULES = ['select', 'server', 'socket', 'sys'];

/**
 * The text of a worker that runs a function. Only the function's text reaches the worker, so it may not use `using`, which
 * TypeScript compiles to calls of helpers outside of the function.
 */
export function workerText(program: (modules: WorkerModules, data: never) => unknown): string {
  // Each module that a worker loads costs time, so it loads only those that the function names.
  const text = program.toString();
  const modules = MODULES.filter((name) => text.includes(name));
  const urls = modules.map((name) => JSON.stringify(new URL(`../../src/${name}.js`, import.meta.url).href));
  return `const { parentPort, workerData } = require('node:worker_threads');
    parentPort.on('message', () => undefined);
    Promise.all([${urls.map((url) => `import(${url})`).join(', ')}]).then(([${modules.join(', ')}]) =>
      (${text})({ ${modules.join(', ')}, tell: (message) => parentPort.postMessage(message) }, workerData));`;
}

/** Starts a worker that stays alive, and waits for the first message that its program tells. */
export async function startWorker<Message, Data = undefined>(
  program: (modules: WorkerModules<Message>, data: Data) => unknown,
  data?: Data,
): Promise<{ worker: Worker; message: Message }> {
  const worker = new Worker(workerText(program), { eval: true, workerData: data });
  const [message] = (await once(worker, 'message')) as [Message];
  return { worker, message };
}

// Serves a connection, and then blocks its thread in a wait.
function serveAndBlock({ select, server, socket, tell }: WorkerModules<number>): void {
  const served = new server.Server({
    address: ['127.0.0.1', 0],
    backend: 'epoll',
    framing: 'chunk',
    onConnection() {
      tell(Number(served.address()[1]));
      setTimeout(() => select.select([client], [], []));
    },
  });
  const client = socket.createConnection(served.address() as [string, number]);
  void served.serveForever();
}

/** Terminates workers that serve and block, and throws when an fd or a port is left. */
export async function leavesNothingBehind(count: number): Promise<void> {
  const end = async (): Promise<number> => {
    const { worker, message: port } = await startWorker<number>(serveAndBlock);
    await worker.terminate();
    return port;
  };
  await end();
  const before = countFds();
  const ports: number[] = [];
  while (ports.length < count) ports.push(...(await Promise.all(Array.from({ length: WORKERS_AT_ONCE }, end))));
  assert.equal(countFds(), before);
  for (const port of ports) createServer(['127.0.0.1', port]).close();
}
