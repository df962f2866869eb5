import { constant } from './constant.ts';

// The constants of Python's `select` module: poll(2) and epoll_ctl(2).

export const POLLIN = constant('POLLIN');
export const POLLPRI = constant('POLLPRI');
export const POLLOUT = constant('POLLOUT');
export const POLLERR = constant('POLLERR');
export const POLLHUP = constant('POLLHUP');
export const POLLNVAL = constant('POLLNVAL');
export const POLLRDNORM = constant('POLLRDNORM');
export const POLLRDBAND = constant('POLLRDBAND');
export const POLLWRNORM = constant('POLLWRNORM');
export const POLLWRBAND = constant('POLLWRBAND');
export const POLLMSG = constant('POLLMSG');
export const POLLRDHUP = constant('POLLRDHUP');
export const PIPE_BUF = constant('PIPE_BUF');
export const EPOLLIN = constant('EPOLLIN');
export const EPOLLPRI = constant('EPOLLPRI');
export const EPOLLOUT = constant('EPOLLOUT');
export const EPOLLERR = constant('EPOLLERR');
export const EPOLLHUP = constant('EPOLLHUP');
export const EPOLLRDNORM = constant('EPOLLRDNORM');
export const EPOLLRDBAND = constant('EPOLLRDBAND');
export const EPOLLWRNORM = constant('EPOLLWRNORM');
export const EPOLLWRBAND = constant('EPOLLWRBAND');
export const EPOLLMSG = constant('EPOLLMSG');
export const EPOLLRDHUP = constant('EPOLLRDHUP');
export const EPOLLEXCLUSIVE = constant('EPOLLEXCLUSIVE');
export const EPOLLONESHOT = constant('EPOLLONESHOT');
export const EPOLLET = constant('EPOLLET');
export const EPOLL_CLOEXEC = constant('EPOLL_CLOEXEC');
