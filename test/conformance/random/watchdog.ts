import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Step } from '../scenario.ts';

const TIMEOUT_MS = 30_000;

// A call that hangs stops the thread and all its timers, so only another thread can name the scenario.
const program = `
const { writeSync } = require('node:fs');
const { parentPort } = require('node:worker_threads');
let timer;
parentPort.on('message', (steps) => {
  clearTimeout(timer);
  if (steps === null) return;
  timer = setTimeout(() => {
    writeSync(2, 'tripoll hangs on ' + steps + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, ${TIMEOUT_MS});
});
parentPort.postMessage('ready');
`;

/** Kills this process when a scenario hangs, and prints the scenario. */
export class Watchdog {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(): Promise<Watchdog> {
    const worker = new Worker(program, { eval: true });
    await once(worker, 'message');
    return new Watchdog(worker);
  }

  begin(steps: Step[]): void {
    this.#worker.postMessage(JSON.stringify(steps));
  }

  end(): void {
    this.#worker.postMessage(null);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
