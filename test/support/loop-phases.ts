/**
 * Creates each kind of watcher in each phase of Node's loop while a `selectAsync` of 5 s waits, and reports
 * [phase, watcher, ms until it was served]. It is a program of its own, because the main script is the first phase.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs';
import { connect, createServer } from 'node:net';
import { isMainThread, parentPort } from 'node:worker_threads';

import { selectAsync } from '../../src/select.ts';
import * as sys from '../../src/sys.ts';

/** A line of the report. */
export type Served = [phase: string, watcher: string, ms: number];

type Done = () => void;

const watchers: Record<string, (done: Done) => void> = {
  setTimeout: (done) => setTimeout(done, 5),
  setImmediate: (done) => setImmediate(done),
  'fs.readFile': (done) => {
    readFile('/proc/self/status', done);
  },
  'net connection': (done) => {
    const server = createServer((socket) => {
      socket.end();
      server.close();
    }).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      connect(port, '127.0.0.1').resume().on('close', done);
    });
  },
  'child process': (done) => {
    spawn('true').on('exit', done);
  },
};

const phases: Record<string, (run: Done) => void> = {
  timer: (run) => setTimeout(run, 5),
  immediate: (run) => setImmediate(run),
  microtask: queueMicrotask,
  nextTick: (run) => {
    process.nextTick(run);
  },
  'I/O callback': (run) => {
    readFile('/proc/self/status', run);
  },
  'callback of ours': (run) => {
    void selectAsync([], [], [], 0.001).then(run);
  },
};

async function serve(phase: string, enter: (run: Done) => void, watcher: string): Promise<Served> {
  const start = performance.now();
  await new Promise<void>((resolve) => {
    enter(() => {
      watchers[watcher]!(resolve);
    });
  });
  return [phase, watcher, performance.now() - start];
}

function serveAll(phase: string, enter: (run: Done) => void): Promise<Served[]> {
  return Promise.all(Object.keys(watchers).map((watcher) => serve(phase, enter, watcher)));
}

// One at a time, because a watcher may wake the loop for the others.
async function serveOneByOne(): Promise<Served[]> {
  const all: Served[] = [];
  for (const [phase, enter] of Object.entries(phases)) {
    for (const watcher of Object.keys(watchers)) all.push(await serve(phase, enter, watcher));
  }
  return all;
}

const controller = new AbortController();
const fds = new Int32Array(2);
sys.pipe2(fds, sys.O_CLOEXEC);
const waiting = selectAsync([fds[0]!], [], [], 5, { signal: controller.signal }).then(
  () => 'over',
  () => 'aborted',
);
const inMainScript = serveAll('main script', (run) => {
  run();
});
const served = [...(await inMainScript), ...(await serveOneByOne())];
controller.abort();
const result = { served, waiting: await waiting };
if (isMainThread) console.log(JSON.stringify(result));
else parentPort!.postMessage(result);
