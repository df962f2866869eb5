/** A bitmap of fds as select(2) reads it, for fds of any number, and a copy of it that the kernel may overwrite. */
export class FdSet {
  /** The highest fd of the set plus 1; 0 when the set is empty. */
  nfds = 0;
  // Both arrays have an even length, because the kernel reads and writes whole longs.
  #members = new Uint32Array(32);
  #copy = new Uint32Array(32);

  has(fd: number): boolean {
    return fd < this.nfds && (this.#members[fd >>> 5]! & (1 << fd)) !== 0;
  }

  /** Adds an fd to the set, or removes it. */
  put(fd: number, isMember: boolean): void {
    if (isMember) {
      this.#grow(fd + 1);
      this.#members[fd >>> 5]! |= 1 << fd;
      if (fd >= this.nfds) this.nfds = fd + 1;
    } else if (fd < this.nfds) {
      this.#members[fd >>> 5]! &= ~(1 << fd);
      if (fd === this.nfds - 1) this.#lowerNfds();
    }
  }

  /**
   * Copies the bitmap for one call of select(2). Each call overwrites the copy of the call before.
   * @param nfds The highest fd of all three sets plus 1.
   * @param extraFd An fd that this copy contains, too; -1 for none.
   * @returns The copy; `null` when it would be empty.
   */
  copyForCall(nfds: number, extraFd: number): Uint32Array | null {
    if (this.nfds === 0 && extraFd < 0) return null;
    this.#grow(nfds);
    this.#copy.set(this.#members);
    if (extraFd >= 0) this.#copy[extraFd >>> 5]! |= 1 << extraFd;
    return this.#copy;
  }

  #grow(nfds: number): void {
    if (nfds <= this.#members.length * 32) return;
    const larger = new Uint32Array(2 ** Math.ceil(Math.log2(nfds / 32)));
    larger.set(this.#members);
    this.#members = larger;
    this.#copy = new Uint32Array(larger.length);
  }

  #lowerNfds(): void {
    let word = (this.nfds - 1) >>> 5;
    while (word >= 0 && this.#members[word] === 0) word--;
    this.nfds = word < 0 ? 0 : word * 32 + 32 - Math.clz32(this.#members[word]!);
  }
}
