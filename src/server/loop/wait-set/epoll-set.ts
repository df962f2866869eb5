import { EEXIST } from '../../../system/errno.ts';
import { osError } from '../../../system/errors.ts';
import type { PollTable } from '../../../system/poll-table.ts';
import { toEvents, toMask } from '../../../selectors/event-mask.ts';
import * as sys from '../../../system/calls.ts';
import { WaitSet } from './wait-set.ts';

const WORDS_PER_EVENT = sys.SIZEOF_EPOLL_EVENT / 4;
const DATA_WORD = sys.OFFSETOF_EPOLL_DATA / 4;
/** The `maxevents` of a wait. When more fds are ready, the next wait first returns those that this wait did not return. */
export const MAX_EVENTS_PER_WAIT = 1024;

/** Waits with epoll(7). The kernel keeps the set, and Node's fd is in it, so a turn is one system call. */
export class EpollSet extends WaitSet {
  readonly #epfd: number;
  #nodeFd = -1;
  // struct epoll_event[], filled by epoll_wait.
  readonly #ready = new Uint32Array(MAX_EVENTS_PER_WAIT * WORDS_PER_EVENT);

  constructor() {
    super();
    this.#epfd = sys.epollCreate1(sys.EPOLL_CLOEXEC);
    if (this.#epfd < 0) throw osError(this.#epfd, 'epoll_create1');
  }

  override watch(fd: number, oldEvents: number, newEvents: number): void {
    if (newEvents === 0) {
      // Best effort: the kernel has already removed an fd that was closed.
      sys.epollCtl(this.#epfd, sys.EPOLL_CTL_DEL, fd, 0, fd, 0);
      return;
    }
    if (oldEvents === 0) {
      this.#control(sys.EPOLL_CTL_ADD, fd, newEvents);
      return;
    }
    try {
      this.#control(sys.EPOLL_CTL_MOD, fd, newEvents);
    } catch (error) {
      this.watch(fd, oldEvents, 0);
      throw error;
    }
  }

  // The fd is never removed, because Node's epoll lives as long as the thread.
  override watchNodeFd(nodeFd: number): void {
    const result = sys.epollCtl(this.#epfd, sys.EPOLL_CTL_ADD, nodeFd, sys.EPOLLIN, nodeFd, 0);
    if (result < 0 && result !== EEXIST) throw osError(result, 'epoll_ctl', `add fd ${nodeFd}`);
    this.#nodeFd = nodeFd;
  }

  override wait(_nodeFd: number, timeoutMs: number): number {
    const count = sys.epollWait(this.#epfd, this.#ready, MAX_EVENTS_PER_WAIT, Math.ceil(timeoutMs));
    this.nodeIsReady = false;
    return count > 0 ? this.#removeNodeEvent(count) : count;
  }

  override fd(index: number): number {
    return this.#ready[index * WORDS_PER_EVENT + DATA_WORD]!;
  }

  override events(index: number): number {
    return toEvents(this.rawEvents(index));
  }

  override rawEvents(index: number): number {
    return this.#ready[index * WORDS_PER_EVENT]!;
  }

  override addInterest(table: PollTable): void {
    table.add(this.#epfd, sys.POLLIN);
  }

  override close(): void {
    sys.close(this.#epfd);
  }

  #control(op: number, fd: number, events: number): void {
    const result = sys.epollCtl(this.#epfd, op, fd, toMask(events), fd, 0);
    if (result < 0) throw osError(result, 'epoll_ctl', `${op === sys.EPOLL_CTL_ADD ? 'add' : 'mod'} fd ${fd}`);
  }

  // Overwrites the event of Node's fd with the last event, and returns the number of the other events.
  #removeNodeEvent(count: number): number {
    for (let index = 0; index < count; index++) {
      if (this.fd(index) !== this.#nodeFd) continue;
      this.nodeIsReady = true;
      const last = (count - 1) * WORDS_PER_EVENT;
      this.#ready.copyWithin(index * WORDS_PER_EVENT, last, last + WORDS_PER_EVENT);
      return count - 1;
    }
    return count;
  }
}
