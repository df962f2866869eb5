import { closeSync, openSync, readSync } from 'node:fs';

/** The memory of another process. Opening it fails with EACCES if this process may not trace the other one. */
export class Memory {
  readonly #fd: number;

  constructor(pid: number) {
    this.#fd = openSync(`/proc/${pid}/mem`, 'r');
  }

  /**
   * Returns up to `length` bytes; fewer if the mapped memory ends before. Fails with EIO if nothing is mapped at the
   * address.
   */
  read(address: bigint, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(this.#fd, buffer, 0, length, address));
  }

  close(): void {
    closeSync(this.#fd);
  }
}
