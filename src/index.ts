export * from './errors.ts';
export { type FileObject } from './fileobj.ts';
export { epoll, Epoll, poll, Poll, select } from './select.ts';
