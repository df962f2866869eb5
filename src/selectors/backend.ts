import { inspect } from 'node:util';

import { EpollSelector } from './epoll-selector.ts';
import { PollSelector } from './poll-selector.ts';
import { SelectSelector } from './select-selector.ts';
import type { BaseSelector } from './selector.ts';

/** The system call that a selector waits with. */
export type Backend = 'select' | 'poll' | 'epoll';

const selectors: Record<Backend, new <Data>() => BaseSelector<Data>> = {
  select: SelectSelector,
  poll: PollSelector,
  epoll: EpollSelector,
};

/**
 * Makes a selector.
 * @param backend Its system call.
 * @returns The selector.
 * @throws {RangeError} For any other name.
 * @throws {OSError} EMFILE and kin, for 'epoll'.
 */
export function createSelector<Data>(backend: Backend): BaseSelector<Data> {
  if (!Object.hasOwn(selectors, backend)) {
    throw new RangeError(`backend must be one of ${Object.keys(selectors).join(', ')}, not ${inspect(backend)}`);
  }
  return new selectors[backend]<Data>();
}
