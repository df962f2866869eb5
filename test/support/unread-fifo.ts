import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';

import { Child, dist } from './child.ts';
import { Folder } from './serve.ts';

/** A FIFO with a reader that reads only when `read` is called. */
export class UnreadFifo {
  readonly #folder = new Folder();
  readonly #fd: number;
  readonly path = this.#folder.file('fifo');

  constructor() {
    spawnSync('mkfifo', [this.path]);
    this.#fd = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** `tripoll serve` on a free port of 127.0.0.1, with standard output (1) or standard error (2) redirected to the FIFO. */
  serve(output: 1 | 2, ...args: string[]): Child {
    const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
    return new Child('sh', '-c', `exec "$@" ${output}> "$0"`, this.path, ...command, ...args);
  }

  /** Reads what the FIFO contains now. */
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
