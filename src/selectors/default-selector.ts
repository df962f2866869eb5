// The best that the platform has, as in CPython. On Linux that is epoll: Node itself does not start without it.
export { EpollSelector as DefaultSelector } from './epoll-selector.ts';
