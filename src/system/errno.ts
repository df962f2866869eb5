import { errnoOf } from './errors.ts';

// The negative errnos that the code compares results with: errno(3).

export const EADDRINUSE = errnoOf('EADDRINUSE');
export const EAGAIN = errnoOf('EAGAIN');
export const EBADF = errnoOf('EBADF');
export const ECONNREFUSED = errnoOf('ECONNREFUSED');
export const ECONNRESET = errnoOf('ECONNRESET');
export const EEXIST = errnoOf('EEXIST');
export const EFAULT = errnoOf('EFAULT');
export const EINPROGRESS = errnoOf('EINPROGRESS');
export const EINTR = errnoOf('EINTR');
export const EINVAL = errnoOf('EINVAL');
export const EIO = errnoOf('EIO');
export const EISCONN = errnoOf('EISCONN');
export const EMSGSIZE = errnoOf('EMSGSIZE');
export const ENOENT = errnoOf('ENOENT');
export const ENOSYS = errnoOf('ENOSYS');
export const ENOTSOCK = errnoOf('ENOTSOCK');
export const ENXIO = errnoOf('ENXIO');
export const EPIPE = errnoOf('EPIPE');
export const EPROTOTYPE = errnoOf('EPROTOTYPE');
