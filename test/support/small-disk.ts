import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

import { forbidSkip } from './programs.ts';
import { Folder } from './serve.ts';

/** A small file system in memory, which is unmounted at the end of the `using` block. */
export class SmallDisk {
  readonly #folder = new Folder();

  constructor(kib = 64) {
    const { status, stderr } = mountAt(this.#folder.path, kib);
    if (status !== 0) throw new Error(String(stderr));
  }

  file(name: string): string {
    return this.#folder.file(name);
  }

  /** Takes room, until `free`. */
  fill(bytes: number): void {
    writeFileSync(this.file('filler'), Buffer.alloc(bytes));
  }

  free(): void {
    rmSync(this.file('filler'));
  }

  /** Makes room for much more. */
  grow(): void {
    const { status, stderr } = spawnSync('mount', ['-o', 'remount,size=1g', this.#folder.path]);
    if (status !== 0) throw new Error(String(stderr));
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['--lazy', this.#folder.path]);
    this.#folder[Symbol.dispose]();
  }
}

/** Returns `false` when file systems can be mounted; otherwise the reason to skip tests. */
export function skipWithoutMount(): string | false {
  using folder = new Folder();
  if (mountAt(folder.path, 64).status !== 0) return forbidSkip('needs the right to mount a file system');
  spawnSync('umount', [folder.path]);
  return false;
}

function mountAt(path: string, kib: number) {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tripoll-test', path]);
}
