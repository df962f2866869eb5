import { closeSync, constants, openSync } from 'node:fs';

import * as sys from '../../src/sys.ts';
import { Child, dist } from './child.ts';
import { SlowReader } from './unread-fifo.ts';

/** A pseudoterminal that shows what a program prints only when `read` is called, as after Ctrl-S. A newline is CR and LF. */
export class Terminal extends SlowReader {
  readonly path: string;
  // While the other end is open, the output of a program that has ended can still be read.
  readonly #otherEnd: number;

  constructor() {
    const fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    super(fd);
    sys.ioctl(fd, sys.TIOCSPTLCK, 0);
    this.path = `/dev/pts/${sys.ioctl(fd, sys.TIOCGPTN, 0)}`;
    this.#otherEnd = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY);
  }

  /** `tripoll serve` on a free port of 127.0.0.1, with these redirections to the terminal: '>', '2>'. */
  serve(redirections: readonly string[], ...args: string[]): Child {
    return this.run(redirections, 'serve', '--host', '127.0.0.1', '--port', '0', ...args);
  }

  /** `tripoll` with these redirections. */
  run(redirections: readonly string[], ...args: string[]): Child {
    const line = `exec "$@" ${redirections.map((redirection) => `${redirection} "$0"`).join(' ')}`;
    return new Child('sh', '-c', line, this.path, process.execPath, `${dist}src/cli/main.js`, ...args);
  }

  /** Prints until the terminal takes nothing more. */
  fill(): void {
    const fd = openSync(this.path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(4096, '-');
    for (let written = 1; written > 0;) written = sys.write(fd, bytes, 0, bytes.length);
    closeSync(fd);
  }

  override [Symbol.dispose](): void {
    closeSync(this.#otherEnd);
    super[Symbol.dispose]();
  }
}
