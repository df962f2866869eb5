import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The limit of another process on its number of fds, to be lowered for a while. */
export class FdLimit {
  readonly #pid: number;
  #before: string | undefined;

  /** @param pid The process. */
  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * Lowers it to as many fds as are open, and one more: poll(2) takes no more entries than that either.
   * @returns How many more can be opened.
   * @throws {Error} Where it is lowered already, or cannot be.
   */
  lower(): number {
    if (this.#before !== undefined) throw new Error('The limit is lowered already.');
    const fds = readdirSync(`/proc/${this.#pid}/fd`).map(Number);
    const limit = fds.length + 1;
    const before = this.#soft();
    this.#set(String(limit));
    this.#before = before;
    return limit - fds.filter((fd) => fd < limit).length;
  }

  /** Puts it back. Best effort: the process may be gone; where it is not, a later call tries again. */
  restore(): void {
    if (this.#before === undefined) return;
    try {
      this.#set(this.#before);
      this.#before = undefined;
    } catch {
      return;
    }
  }

  #soft(): string {
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
