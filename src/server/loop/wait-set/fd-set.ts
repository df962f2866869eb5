/** A bitmap of fds as select(2) reads it, of any size, and the copy that the kernel overwrites. */
export class FdSet {
  /** The highest fd of the set plus 1; 0 where it is empty. */
  nfds = 0;
  // Even in length: the kernel reads and writes whole longs.
  #kept = new Uint32Array(32);
  #asked = new Uint32Array(32);

  /**
   * Whether an fd is in the set.
   * @param fd The fd.
   * @returns So.
   */
  has(fd: number): boolean {
    return fd < this.nfds && (this.#kept[fd >>> 5]! & (1 << fd)) !== 0;
  }

  /**
   * Puts an fd into the set, or takes it out.
   * @param fd The fd.
   * @param isIn Which.
   */
  put(fd: number, isIn: boolean): void {
    if (isIn) {
      this.#makeRoom(fd + 1);
      this.#kept[fd >>> 5]! |= 1 << fd;
      if (fd >= this.nfds) this.nfds = fd + 1;
    } else if (fd < this.nfds) {
      this.#kept[fd >>> 5]! &= ~(1 << fd);
      if (fd === this.nfds - 1) this.#lower();
    }
  }

  /**
   * The bitmap for one call.
   * @param nfds The highest fd of all sets plus 1.
   * @param extraFd An fd to ask for beside those of the set; -1 for none.
   * @returns A copy, the same one each time; `null` where there is nothing to ask for.
   */
  ask(nfds: number, extraFd: number): Uint32Array | null {
    if (this.nfds === 0 && extraFd < 0) return null;
    this.#makeRoom(nfds);
    this.#asked.set(this.#kept);
    if (extraFd >= 0) this.#asked[extraFd >>> 5]! |= 1 << extraFd;
    return this.#asked;
  }

  #makeRoom(nfds: number): void {
    if (nfds <= this.#kept.length * 32) return;
    const larger = new Uint32Array(2 ** Math.ceil(Math.log2(nfds / 32)));
    larger.set(this.#kept);
    this.#kept = larger;
    this.#asked = new Uint32Array(larger.length);
  }

  #lower(): void {
    let word = (this.nfds - 1) >>> 5;
    while (word >= 0 && this.#kept[word] === 0) word--;
    this.nfds = word < 0 ? 0 : word * 32 + 32 - Math.clz32(this.#kept[word]!);
  }
}
