/** Who may have bytes in the joint. */
export interface JointUser {
  /** The joint is about to be used by another: what is left there is copied. */
  keep(): void;
}

/**
 * Where the decoders of a server join a little that was left with much that came, until `keep`: with a buffer for each
 * recv instead, a line costs half as much again where each recv of 16 ends within one.
 */
export class Joint {
  #bytes = Buffer.alloc(0);
  #user: JointUser | undefined;

  /**
   * Begins anew with what was left.
   * @param user Who joins. What the one before has left there is copied first.
   * @param left A buffer with what was left.
   * @param start Where that begins.
   * @param end Where it ends.
   * @param more How many bytes are going to be added.
   * @returns A buffer for both, that is valid until `keep` of the user.
   */
  begin(user: JointUser, left: Buffer, start: number, end: number, more: number): Buffer {
    if (this.#user !== user) this.#user?.keep();
    this.#user = user;
    const length = end - start + more;
    if (this.#bytes.length < length) this.#bytes = Buffer.allocUnsafeSlow(2 * length);
    const joint = this.#bytes.subarray(0, length);
    left.copy(joint, 0, start, end);
    return joint;
  }
}
