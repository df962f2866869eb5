import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as sys from '../system/calls.ts';

/** The files that a scenario has made, by their names, and a folder of its own. */
export class World {
  readonly objects = new Map<string, unknown>();
  readonly #fds = new Set<number>();
  #folder: string | undefined;

  /** Adds an object. At the end it is closed, if it is an fd or has a `close` method. */
  name(name: string, object: unknown): void {
    this.objects.set(name, object);
    if (typeof object === 'number') this.#fds.add(object);
  }

  object(name: string): unknown {
    if (!this.objects.has(name)) throw new Error(`the scenario has no ${name}`);
    return this.objects.get(name);
  }

  /** Closes an fd. Returns 0 or -errno. */
  close(fd: number): number {
    // Before the call: after it, another thread may get the same number.
    this.#fds.delete(fd);
    return sys.close(fd);
  }

  /** Returns the whole path of a file in the scenario's own folder. */
  path(relative: string): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'tripoll-'));
    return join(this.#folder, relative);
  }

  /** Closes all open files and removes the folder. */
  end(): void {
    this.closeFiles();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  protected closeFiles(): void {
    for (const object of this.objects.values()) if (typeof object === 'object') (object as { close(): void }).close();
    for (const fd of this.#fds) this.close(fd);
  }
}
