import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as sys from '../system/calls.ts';

/** What a scenario has named, and a folder for its files. */
export class World {
  /** The objects by their names. */
  readonly objects = new Map<string, unknown>();
  readonly #fds = new Set<number>();
  #folder: string | undefined;

  /**
   * Names an object, and takes it over where it is an fd or has a `close`.
   * @param name The name.
   * @param object The object.
   */
  name(name: string, object: unknown): void {
    this.objects.set(name, object);
    if (typeof object === 'number') this.#fds.add(object);
  }

  /**
   * Finds an object.
   * @param name Its name.
   * @returns The object.
   * @throws {Error} Where nothing has the name.
   */
  object(name: string): unknown {
    if (!this.objects.has(name)) throw new Error(`the scenario has no ${name}`);
    return this.objects.get(name);
  }

  /**
   * Closes an fd.
   * @param fd The fd.
   * @returns 0, or -errno.
   */
  close(fd: number): number {
    // Before the call: the number may be somebody else's after it.
    this.#fds.delete(fd);
    return sys.close(fd);
  }

  /**
   * A path within the scenario's own folder.
   * @param relative The path, from there.
   * @returns The whole path.
   */
  path(relative: string): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'tripoll-'));
    return join(this.#folder, relative);
  }

  /** Closes what is open, and removes the folder. */
  end(): void {
    this.closeFiles();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  /** Closes what is open. */
  protected closeFiles(): void {
    for (const object of this.objects.values()) if (typeof object === 'object') (object as { close(): void }).close();
    for (const fd of this.#fds) this.close(fd);
  }
}
