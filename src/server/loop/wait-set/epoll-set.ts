import { EEXIST } from '../../../system/errno.ts';
import { osError } from '../../../system/errors.ts';
import type { PollTable } from '../../../system/poll-table.ts';
import { toEvents, toMask } from '../../../selectors/event-mask.ts';
import * as sys from '../../../system/calls.ts';
import { WaitSet } from './wait-set.ts';

const WORDS_AN_EVENT = sys.SIZEOF_EPOLL_EVENT / 4;
const DATA_WORD = sys.OFFSETOF_EPOLL_DATA / 4;
/** The `maxevents` of a wait. More are found by the next one: epoll gives those first that it has not given yet. */
export const MAX_EVENTS_PER_WAIT = 1024;

/** Waits with epoll(7): the interest list is the kernel's, and Node's fd is in it, so that a turn is one call. */
export class EpollSet extends WaitSet {
  readonly #epfd: number;
  #nodeFd = -1;
  // struct epoll_event[].
  readonly #found = new Uint32Array(MAX_EVENTS_PER_WAIT * WORDS_AN_EVENT);

  /** @throws {OSError} EMFILE and kin. */
  constructor() {
    super();
    this.#epfd = sys.epollCreate1(sys.EPOLL_CLOEXEC);
    if (this.#epfd < 0) throw osError(this.#epfd, 'epoll_create1');
  }

  /** @inheritdoc */
  override watch(fd: number, before: number, events: number): void {
    if (events === 0) {
      // An fd that was closed since is forgotten already: no error.
      sys.epollCtl(this.#epfd, sys.EPOLL_CTL_DEL, fd, 0, fd, 0);
      return;
    }
    if (before === 0) {
      this.#control(sys.EPOLL_CTL_ADD, fd, events);
      return;
    }
    try {
      this.#control(sys.EPOLL_CTL_MOD, fd, events);
    } catch (error) {
      this.watch(fd, before, 0);
      throw error;
    }
  }

  /** @inheritdoc */
  override wait(_nodeFd: number, timeoutMs: number): number {
    const count = sys.epollWait(this.#epfd, this.#found, MAX_EVENTS_PER_WAIT, Math.ceil(timeoutMs));
    this.nodeIsReady = false;
    return count > 0 ? this.#withoutNode(count) : count;
  }

  /** @inheritdoc */
  override fd(index: number): number {
    return this.#found[index * WORDS_AN_EVENT + DATA_WORD]!;
  }

  /** @inheritdoc */
  override events(index: number): number {
    return toEvents(this.rawEvents(index));
  }

  /** @inheritdoc */
  override rawEvents(index: number): number {
    return this.#found[index * WORDS_AN_EVENT]!;
  }

  /** @inheritdoc */
  override join(table: PollTable): void {
    table.add(this.#epfd, sys.POLLIN);
  }

  /** @inheritdoc */
  override close(): void {
    sys.close(this.#epfd);
  }

  #control(op: number, fd: number, events: number): void {
    const result = sys.epollCtl(this.#epfd, op, fd, toMask(events), fd, 0);
    if (result < 0) throw osError(result, 'epoll_ctl', `${op === sys.EPOLL_CTL_ADD ? 'add' : 'mod'} fd ${fd}`);
  }

  // Once for good: Node's epoll lives as long as the thread.
  /** @inheritdoc */
  override beside(nodeFd: number): void {
    const result = sys.epollCtl(this.#epfd, sys.EPOLL_CTL_ADD, nodeFd, sys.EPOLLIN, nodeFd, 0);
    if (result < 0 && result !== EEXIST) throw osError(result, 'epoll_ctl', `add fd ${nodeFd}`);
    this.#nodeFd = nodeFd;
  }

  // The last event takes the place of Node's.
  #withoutNode(count: number): number {
    for (let index = 0; index < count; index++) {
      if (this.fd(index) !== this.#nodeFd) continue;
      this.nodeIsReady = true;
      const last = (count - 1) * WORDS_AN_EVENT;
      this.#found.copyWithin(index * WORDS_AN_EVENT, last, last + WORDS_AN_EVENT);
      return count - 1;
    }
    return count;
  }
}
