import { type Epoll, epoll } from '../select/epoll.ts';
import { type Poll, poll } from '../select/poll.ts';
import { select } from '../select/select.ts';
import { POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from '../system/constants/select.ts';
import { OSError } from '../system/errors.ts';
import type { FileObject } from '../system/fileobj.ts';
import { eventNames } from './event-names.ts';
import type { Measured } from './step.ts';

const INTEREST = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;

/**
 * Asks select, poll and epoll which events of a file are ready now. poll and epoll are asked twice: for all events and
 * for none.
 */
export function measure(file: FileObject): Measured {
  return [
    select([file], [file], [file], 0, { fdSetSize: 'unlimited' })
      .map((set, index) => (set.length === 0 ? '-' : 'rwx'.charAt(index)))
      .join(''),
    by(poll(), file, INTEREST),
    by(poll(), file, 0),
    byEpoll(file, INTEREST),
    byEpoll(file, 0),
  ];
}

function by(poller: Poll | Epoll, file: FileObject, mask: number): string {
  poller.register(file, mask);
  return eventNames(poller.poll(0)[0]?.[1] ?? 0);
}

function byEpoll(file: FileObject, mask: number): string {
  using poller = epoll();
  try {
    return by(poller, file, mask);
  } catch (error) {
    if (error instanceof OSError && error.code !== undefined) return error.code;
    throw error;
  }
}
