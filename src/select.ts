export * from './system/constants/select.ts';
export { Epoll, epoll, type EpollEvent } from './select/epoll.ts';
export { OSError as error } from './system/errors.ts';
export type { FileObject } from './system/fileobj.ts';
export type { AsyncOptions } from './select/node-loop.ts';
export { Poll, poll, type PollEvent, type WaitOptions } from './select/poll.ts';
export type { Ready } from './select/fd-lists.ts';
export type { Timeout } from './system/timeout.ts';
export { select, selectAsync, type SelectAsyncOptions, type SelectOptions } from './select/select.ts';
