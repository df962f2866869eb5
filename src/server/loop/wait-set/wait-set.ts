import type { PollTable } from '../../../system/poll-table.ts';

/**
 * The fds that a loop waits for, in the kernel's own layout. The set is kept from turn to turn, so a wait allocates nothing;
 * the loop reads the result in place, by index. (A selector returns a list of keys instead, as Python's does.)
 */
export abstract class WaitSet {
  /** Whether the last wait found Node's fd ready. */
  nodeIsReady = false;

  /**
   * Changes the EVENT_* bits that an open fd is watched for: 0 in `oldEvents` adds the fd, 0 in `newEvents` removes it.
   * @throws {OSError} When epoll refuses: ENOSPC, ENOMEM, EPERM. Removing never throws.
   */
  abstract watch(fd: number, oldEvents: number, newEvents: number): void;

  /**
   * Called once, before the first wait with Node's fd.
   * @throws {OSError} When epoll refuses the fd.
   */
  watchNodeFd(_nodeFd: number): void {
    // select and poll are given the fd with each wait.
  }

  /**
   * Makes one system call.
   * @param nodeFd Node's fd, which is waited for, too, but is not part of the result; -1 for none.
   * @param timeoutMs The longest wait, in milliseconds; negative waits for ever.
   * @returns The number of ready fds in the set, or -errno.
   */
  abstract wait(nodeFd: number, timeoutMs: number): number;

  /** The ready fd at `index`, from 0 to the result of the last wait - 1. It may have been removed from the set meanwhile. */
  abstract fd(index: number): number;

  /** The EVENT_* bits that the fd at `index` is ready for: perhaps more than it is watched for. */
  abstract events(index: number): number;

  /** The POLL* bits of the fd at `index`, as the system call returned them (epoll's bits are the same); 0 for select. */
  abstract rawEvents(index: number): number;

  /** Adds the fds to a table that several waits share. */
  abstract addInterest(table: PollTable): void;

  abstract close(): void;
}
