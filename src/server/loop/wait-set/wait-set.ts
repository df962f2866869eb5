import type { PollTable } from '../../../system/poll-table.ts';

/**
 * The fds that a loop waits for, in the kernel's own layout, kept from turn to turn: a wait allocates nothing, and what
 * it finds is read in place. Selectors give a list of keys instead, as Python's do.
 */
export abstract class WaitSet {
  /** Whether the last wait has found Node's fd ready. */
  nodeIsReady = false;
  /**
   * Changes what an fd is waited for.
   * @param fd An open one.
   * @param before EVENT_* bits that it is waited for now; 0 where it is not in the set.
   * @param events EVENT_* bits; 0 takes it out.
   * @throws {OSError} What epoll refuses: ENOSPC, ENOMEM, EPERM. Taking out never throws.
   */
  abstract watch(fd: number, before: number, events: number): void;
  /**
   * Told once of Node's fd, before the first wait beside it.
   * @param _nodeFd The fd.
   * @throws {OSError} What epoll refuses.
   */
  beside(_nodeFd: number): void {
    // select and poll take it with each call.
  }

  /**
   * Waits: one system call.
   * @param nodeFd An fd to wait for beside the others, and to leave out of the result; -1 for none.
   * @param timeoutMs At most so long, in milliseconds; negative for ever.
   * @returns How many fds of the set are ready, or -errno.
   */
  abstract wait(nodeFd: number, timeoutMs: number): number;
  /**
   * What the last wait has found.
   * @param index From 0 to its result - 1.
   * @returns An fd. It may have left the set since.
   */
  abstract fd(index: number): number;
  /**
   * What the last wait has found of it.
   * @param index As for `fd`.
   * @returns EVENT_* bits, perhaps more than were asked for.
   */
  abstract events(index: number): number;
  /**
   * The same as the system call told it.
   * @param index As for `fd`.
   * @returns POLL* bits, which are those of epoll, too; 0 for select, which tells none.
   */
  abstract rawEvents(index: number): number;
  /**
   * Adds what it waits for to a table that several waits share.
   * @param table Where to add.
   */
  abstract join(table: PollTable): void;
  /** Frees what it owns. */
  abstract close(): void;
}
