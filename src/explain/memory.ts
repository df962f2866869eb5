import { closeSync, openSync, readSync } from 'node:fs';

/** The memory of a process. */
export class Memory {
  readonly #fd: number;

  /**
   * @param pid The process.
   * @throws {Error} EACCES where we may not trace it.
   */
  constructor(pid: number) {
    this.#fd = openSync(`/proc/${pid}/mem`, 'r');
  }

  /**
   * Reads.
   * @param address Where; user space ends below 2**53.
   * @param length How many bytes.
   * @returns The bytes; less, where what is mapped ends before.
   * @throws {Error} EIO where nothing is mapped there.
   */
  read(address: bigint, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(this.#fd, buffer, 0, length, address));
  }

  /** Closes it. */
  close(): void {
    closeSync(this.#fd);
  }
}
