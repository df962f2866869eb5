import { inspect } from 'node:util';

import { EpollSet } from './epoll-set.ts';
import { PollSet } from './poll-set.ts';
import { SelectSet } from './select-set.ts';
import type { WaitSet } from './wait-set.ts';

/** The system call that a server waits with. */
export type Backend = 'select' | 'poll' | 'epoll';

const sets: Record<Backend, new () => WaitSet> = { select: SelectSet, poll: PollSet, epoll: EpollSet };

/**
 * @throws {RangeError} When there is no such backend.
 * @throws {OSError} EMFILE, ENFILE or ENOMEM, when epoll_create1 fails.
 */
export function createWaitSet(backend: Backend): WaitSet {
  if (!Object.hasOwn(sets, backend)) {
    throw new RangeError(`backend must be one of ${Object.keys(sets).join(', ')}, not ${inspect(backend)}`);
  }
  return new sets[backend]();
}
