/**
 * Raw system calls, for hot paths and for teaching. Each has a man page in section 2: `epollCtl` is epoll_ctl(2). They
 * return a result or a negative errno, and allocate nothing. EAGAIN is a result like any other: -11, whose name
 * `errorCode` returns. EINTR is returned, too, and never retried. A wrong type throws a TypeError, and a length beyond
 * the end of a buffer a RangeError; nothing else throws.
 *
 * Buffers are typed arrays in the kernel's own layout, which the call reads and writes in place. The addon keeps no
 * pointer to a buffer after the call.
 *
 * When a worker thread ends, the fds that its calls have opened are closed, as Node closes the files that a worker has
 * opened with node:fs. `keepOpen` makes an exception for an fd that another thread goes on using.
 */
export { errnoOf, errorCode } from './system/errors.ts';
export * from './system/calls.ts';
