import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';

import * as sys from '../../src/sys.ts';
import { Child, dist } from './child.ts';
import { Folder } from './serve.ts';

/** A reader that reads only when `read` is called. */
export class SlowReader {
  protected fd: number;

  /** The fd is non-blocking, and is closed at the end of the `using` block. */
  constructor(fd: number) {
    this.fd = fd;
  }

  /** The number of bytes that can be read now. */
  get unreadBytes(): number {
    return sys.ioctl(this.fd, sys.FIONREAD, 0);
  }

  /** Reads what is there now. */
  read(): string {
    const bytes = Buffer.alloc(65536);
    try {
      return bytes.toString('utf8', 0, readSync(this.fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}

/** A FIFO with a reader that reads only when `read` is called. */
export class UnreadFifo extends SlowReader {
  readonly path: string;
  readonly #folder: Folder;

  constructor() {
    const folder = new Folder();
    const path = folder.file('fifo');
    spawnSync('mkfifo', [path]);
    super(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
    this.path = path;
    this.#folder = folder;
  }

  /** Leaves room for one page of 4,096 bytes: a longer message is then written in part. Returns what was written. */
  leaveRoomForPage(): string {
    const text = `${'-'.repeat(15 * 4096 - 1)}\n`;
    writeSync(this.fd, text);
    return text;
  }

  /** A reader of a FIFO. */
  static reader(path: string): SlowReader {
    return new SlowReader(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  }

  /** `tripoll serve` on a free port of 127.0.0.1, with standard output (1) or standard error (2) redirected to the FIFO. */
  serve(output: 1 | 2, ...args: string[]): Child {
    const command = [process.execPath, `${dist}src/cli/main.js`, 'serve', '--host', '127.0.0.1', '--port', '0'];
    return new Child('sh', '-c', `exec "$@" ${output}> "$0"`, this.path, ...command, ...args);
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}
