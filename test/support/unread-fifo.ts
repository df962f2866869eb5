import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';

import { Child, dist } from './child.ts';
import { Folder } from './serve.ts';

/** A FIFO that has a reader, which does not read before it is told to. */
export class UnreadFifo {
  readonly #folder = new Folder();
  readonly #fd: number;
  readonly path = this.#folder.file('fifo');

  constructor() {
    spawnSync('mkfifo', [this.path]);
    this.#fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** `tripoll serve` on a free port of 127.0.0.1 with one of its outputs into the FIFO: 1 or 2. */
  serve(output: 1 | 2, ...args: string[]): Child {
    const command = [
      process.execPath,
      `${dist}src/cli/main.js`,
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      ...args,
    ];
    return new Child('sh', '-c', `exec "$@" ${output}> "$0"`, this.path, ...command);
  }

  /** What is there now. */
  read(): string {
    const bytes = Buffer.alloc(65536);
    try {
      return bytes.toString('utf8', 0, readSync(this.#fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
    this.#folder[Symbol.dispose]();
  }
}
