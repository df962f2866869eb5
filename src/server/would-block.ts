import { errnoOf } from '../system/errors.ts';

/** What accept, recv and recvfrom give where there is nothing after all: ready is a hint only (select(2), BUGS). */
export const nothingThere: ReadonlySet<number> = new Set([errnoOf('EAGAIN'), errnoOf('EINTR')]);
