/**
 * Raw system calls, for hot paths and for teaching: numbers in; a result or a negative errno out; nothing allocated.
 * A result of -11 is EAGAIN, a value like any other here; `errorCode` names it. Wrong types throw a TypeError and
 * lengths beyond a buffer a RangeError; nothing else is thrown, and EINTR is returned, never retried.
 *
 * Buffers are typed arrays in the kernel's own layout, read and written in place. No pointer into one outlives the
 * call.
 */
export { errnoOf, errorCode } from './system/errors.ts';
export * from './system/calls.ts';
