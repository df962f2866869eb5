import { POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from '../../../src/constants/select.ts';
import { OSError } from '../../../src/errors.ts';
import type { FileObject } from '../../../src/fileobj.ts';
import { type Epoll, epoll, type Poll, poll, select } from '../../../src/select.ts';
import type { Value } from '../values.ts';
import { eventNames } from './results.ts';

const INTEREST = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;

/** What is ready by select, by poll and by epoll, these with all interest and with none. */
export function measure(file: FileObject): Value {
  return [
    select([file], [file], [file], 0)
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
