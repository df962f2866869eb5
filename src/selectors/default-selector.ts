// As in CPython, the most efficient selector of the platform. On Linux that is epoll, which Node itself needs to start.
export { EpollSelector as DefaultSelector } from './epoll-selector.ts';
