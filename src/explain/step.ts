// The language in which a scenario says how its fds are made. It is plain JSON, so that the tests can run it on Python,
// too.
// There are two kinds of steps:
// - A call of a socket's method, by its name in Python: ['a.recv', 9]. The dot marks it as a call.
// - One of the operations below, which make and use files; most of them have no counterpart among the methods.
// Sockets and files that an operation makes are non-blocking.

import { errnoOf, type OSError, osError } from '../system/errors.ts';

/** A value in a step: JSON, and tagged forms for values that JSON lacks. */
export type Value = null | number | string | Tagged;

/** Values that JSON lacks: the address of a socket, constants joined by |, bytes as Latin-1 text. */
export type Tagged = { address: string } | { bits: string[] } | { bytes: string };

export interface Operations {
  tcp: [name: string];
  udp: [name: string];
  /** Makes a connected pair of Unix sockets. */
  socketpair: [name: string, other: string, type: 'SOCK_STREAM' | 'SOCK_DGRAM'];
  /** Binds a socket to a free port of 127.0.0.1. */
  bind: [name: string];
  /** Connects, and waits until the connection is made or has failed. */
  connect: [name: string, peer: string];
  accept: [listener: string, name: string];
  /** Closes a socket with SO_LINGER 0, so that TCP sends RST. */
  reset: [name: string];

  pipe: [readEnd: string, writeEnd: string];
  /** Opens a path, which is relative to the scenario's own folder. */
  open: [name: string, path: string, ...flags: string[]];
  mkfifo: [path: string];
  pty: [master: string, slave: string];
  eventfd: [name: string, count: number];
  /** Makes an epoll object that waits for IN of a file. */
  epoll: [name: string, file: string];
  read: [name: string, length: number];
  write: [name: string, text: string];
  dup: [name: string, original: string];
  close: [name: string];

  /** Writes until EAGAIN. */
  fill: [name: string];
  /** Reads at one end until the other end is writable. */
  drain: [reader: string, writer: string];
  /**
   * Waits, for a bounded time, until each of the POLL* bits was reported once: TCP may need a moment, even on loopback.
   */
  settle: [name: string, ...events: string[]];
  /** Asks select, poll and epoll what is ready: see `ready`. */
  measure: [name: string];
}

export type Operation = { [Name in keyof Operations]: [name: Name, ...args: Operations[Name]] }[keyof Operations];
export type Call = [path: `${string}.${string}`, ...args: Value[]];
export type Step = Operation | Call;

export interface Failure {
  /** The class: 'BlockingIOError'. */
  error: string;
  /** The errno's name: 'EAGAIN'. */
  errno: string;
  /** The C library's text. */
  message: string;
}

export type Outcome = Value | Measured | Failure;

/** A row of the table of what is ready when. */
export interface Readiness {
  /** The condition in words; each name is unique. */
  name: string;
  steps: Step[];
  /** The name of the errno that the last step fails with, if it has to fail. */
  fails?: string;
  /** The name of the file that is measured. */
  target: string;
  /** The result on Linux: see `ready`. */
  expected: Measured;
  /** Calls after the measurement, in this order, and their results. */
  after?: Check[];
}

/** A call after the measurement, and its result. */
export type Check = [step: Step, gives: Outcome];

/** A row as the tables of `scenarios` contain it: the target is 'a' if the row names none. */
export type Condition = Omit<Readiness, 'target'> & Partial<Pick<Readiness, 'target'>>;

/** The results of select, of poll for all events and for none, and of epoll for all events and for none. */
export type Measured = [select: string, poll: string, poll0: string, epoll: string, epoll0: string];

/**
 * The expected result of the operation `measure`, in the notation of the table: `select` is 'rwx' with '-' for each set
 * without the file; `poll` has the events for an interest in IN, PRI, OUT and RDHUP ('IN OUT'); `mask0` the events for
 * no interest. `epoll` is an errno if epoll does not accept the file; otherwise epoll reports the same events as poll.
 */
export function ready(select: string, poll: string, mask0 = '', epoll?: string): Measured {
  return [select, poll, mask0, epoll ?? poll, epoll ?? mask0];
}

/** Makes the failure with an errno's name; its class and text follow from the errno. */
export function error(code: string): Failure {
  return failureOf(osError(errnoOf(code), ''));
}

/** Converts the error of a system call to a failure. */
export function failureOf(error: OSError): Failure {
  const { name, code = '', strerror = '' } = error;
  return { error: name, errno: code, message: strerror };
}

/** The address that the socket `name` is bound to. */
export const address = (name: string): Tagged => ({ address: name });

/** Constants joined by |, by their names. */
export const bits = (...names: string[]): Tagged => ({ bits: names });

/** Bytes, as Latin-1 text. */
export const bytes = (text: string): Tagged => ({ bytes: text });

/** Checks: `a` receives these bytes, or fails to receive or to send, or has this errno in SO_ERROR. */
export const received = (text: string): Check => [['a.recv', 9], bytes(text)];
export const receiveFails = (code: string): Check => [['a.recv', 9], error(code)];
export const sendFails = (code: string): Check => [['a.send', bytes('data')], error(code)];
export const socketError = (errno: number): Check => [['a.getsockopt', bits('SOL_SOCKET'), bits('SO_ERROR')], errno];
