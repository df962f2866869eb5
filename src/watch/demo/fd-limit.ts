import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Lowers the limit of another process on its number of fds, and restores it. */
export class FdLimit {
  readonly #pid: number;
  #before: string | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Lowers the limit to one more than the number of open fds, because poll(2) accepts no more entries than the limit. Returns how
   * many fds the process can still open.
   */
  lower(): number {
    if (this.#before !== undefined) throw new Error('The limit is lowered already.');
    const fds = readdirSync(`/proc/${this.#pid}/fd`).map(Number);
    const limit = fds.length + 1;
    const before = this.#read();
    this.#set(String(limit));
    this.#before = before;
    return limit - fds.filter((fd) => fd < limit).length;
  }

  /** Best effort: the process may have ended. When this fails, a later call tries again. */
  restore(): void {
    if (this.#before === undefined) return;
    try {
      this.#set(this.#before);
      this.#before = undefined;
    } catch {
      return;
    }
  }

  #read(): string {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${this.#pid}/limits`, 'utf8'))?.[1];
    if (soft === undefined) throw new Error(`/proc/${this.#pid}/limits has no limit on open files`);
    return soft;
  }

  #set(soft: string): void {
    const args = ['--pid', String(this.#pid), `--nofile=${soft}:`];
    const { error, status, stderr } = spawnSync('prlimit', args, { encoding: 'utf8' });
    if (error !== undefined) throw new Error('This needs the program prlimit, of util-linux.');
    if (status !== 0) throw new Error(stderr.trim());
  }
}
