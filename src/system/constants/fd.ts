import { constant } from './constant.ts';

// Further constants for the raw calls of `tripoll/sys`: fcntl(2), flock(2), ioctl(2), eventfd(2), epoll_ctl(2).

export const FD_SETSIZE = constant('FD_SETSIZE');
export const EPOLLWAKEUP = constant('EPOLLWAKEUP');
export const EPOLL_CTL_ADD = constant('EPOLL_CTL_ADD');
export const EPOLL_CTL_MOD = constant('EPOLL_CTL_MOD');
export const EPOLL_CTL_DEL = constant('EPOLL_CTL_DEL');
export const F_DUPFD = constant('F_DUPFD');
export const F_DUPFD_CLOEXEC = constant('F_DUPFD_CLOEXEC');
export const F_GETFD = constant('F_GETFD');
export const F_SETFD = constant('F_SETFD');
export const F_GETFL = constant('F_GETFL');
export const F_SETFL = constant('F_SETFL');
export const F_GETPIPE_SZ = constant('F_GETPIPE_SZ');
export const F_SETPIPE_SZ = constant('F_SETPIPE_SZ');
export const FD_CLOEXEC = constant('FD_CLOEXEC');
export const O_NONBLOCK = constant('O_NONBLOCK');
export const O_CLOEXEC = constant('O_CLOEXEC');
export const FIONREAD = constant('FIONREAD');
export const FIONBIO = constant('FIONBIO');
export const SIOCOUTQ = constant('SIOCOUTQ');
export const SIOCATMARK = constant('SIOCATMARK');
export const TIOCGPTN = constant('TIOCGPTN');
export const TIOCSPTLCK = constant('TIOCSPTLCK');
export const LOCK_SH = constant('LOCK_SH');
export const LOCK_EX = constant('LOCK_EX');
export const LOCK_NB = constant('LOCK_NB');
export const LOCK_UN = constant('LOCK_UN');
export const EFD_CLOEXEC = constant('EFD_CLOEXEC');
export const EFD_NONBLOCK = constant('EFD_NONBLOCK');
export const EFD_SEMAPHORE = constant('EFD_SEMAPHORE');
