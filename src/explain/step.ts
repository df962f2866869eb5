// The language that says how a scenario makes its fds: plain JSON, so that the tests can carry it out on Python as well.
// Two kinds of step:
//
// - A call of a socket's method, told by the dot: ['a.recv', 9], by Python's name.
// - An operation below: what makes and moves files, mostly without a counterpart among the methods.
//
// Sockets and files that operations make do not block.

import { errnoOf, type OSError, osError } from '../system/errors.ts';

/** A value in a step: JSON, and tagged forms for what JSON lacks. */
export type Value = null | number | string | Tagged;

/** What JSON has no words for: the address of a socket, constants joined by |, Latin-1 text for bytes. */
export type Tagged = { address: string } | { bits: string[] } | { bytes: string };

/** The operations and their arguments. */
export interface Operations {
  /** A TCP socket. */
  tcp: [name: string];
  /** A UDP socket. */
  udp: [name: string];
  /** A connected pair of Unix sockets. */
  socketpair: [name: string, other: string, type: 'SOCK_STREAM' | 'SOCK_DGRAM'];
  /** Takes a free port of 127.0.0.1. */
  bind: [name: string];
  /** Waits until the connection stands or has failed. */
  connect: [name: string, peer: string];
  /** Takes a connection from a listener. */
  accept: [listener: string, name: string];
  /** Closes with SO_LINGER 0, so that TCP sends RST. */
  reset: [name: string];

  /** A pipe. */
  pipe: [readEnd: string, writeEnd: string];
  /** Opens a path, which is relative to a folder of the scenario's own. */
  open: [name: string, path: string, ...flags: string[]];
  /** Makes a FIFO. */
  mkfifo: [path: string];
  /** A pseudoterminal. */
  pty: [master: string, slave: string];
  /** A counter. */
  eventfd: [name: string, count: number];
  /** An epoll object that waits for IN of a file. */
  epoll: [name: string, file: string];
  /** Reads from an fd. */
  read: [name: string, length: number];
  /** Writes to an fd. */
  write: [name: string, text: string];
  /** A duplicate of an fd, as an fd. */
  dup: [name: string, original: string];
  /** Closes a file. */
  close: [name: string];

  /** Writes until EAGAIN. */
  fill: [name: string];
  /** Reads at one end until the other is writable. */
  drain: [reader: string, writer: string];
  /** Waits until each of the POLL* bits has been seen, for a bounded time: TCP may need a moment, on loopback too. */
  settle: [name: string, ...events: string[]];
  /** What is ready by `select`, `poll` and `epoll`: see `ready`. */
  measure: [name: string];
}

/** An operation with its arguments. */
export type Operation = { [Name in keyof Operations]: [name: Name, ...args: Operations[Name]] }[keyof Operations];
/** A call with its arguments. */
export type Call = [path: `${string}.${string}`, ...args: Value[]];
/** One step. */
export type Step = Operation | Call;

/** A failed system call: its class, its errno's name and its text. */
export interface Failure {
  /** The class: 'BlockingIOError'. */
  error: string;
  /** The errno's name: 'EAGAIN'. */
  errno: string;
  /** The C library's text. */
  message: string;
}

/** What a step gave. */
export type Outcome = Value | Measured | Failure;

/** A row of the table of what is ready when. */
export interface Readiness {
  /** The condition, in words; unique. */
  name: string;
  /** What makes it. */
  steps: Step[];
  /** What the last step fails with: an errno's name. */
  fails?: string;
  /** What is measured: the name of a file. */
  target: string;
  /** What Linux gives: see `ready`. */
  expected: Measured;
  /** What calls give then, in this order. */
  after?: [step: Step, gives: Outcome][];
}

/** What was measured: the sets of select, revents of poll and events of epoll, these two with all interest and none. */
export type Measured = [select: string, poll: string, poll0: string, epoll: string, epoll0: string];

/**
 * What is expected, as the table writes it.
 * @param select By `select`: 'rwx', with '-' for what is not ready.
 * @param poll By `poll` with interest in IN, PRI, OUT and RDHUP: events without their prefix, 'IN OUT'.
 * @param mask0 The same, with interest in nothing.
 * @param epoll The errno where epoll takes no such file; else it reports the same bits as poll.
 * @returns What the operation `measure` gives.
 */
export function ready(select: string, poll: string, mask0 = '', epoll?: string): Measured {
  return [select, poll, mask0, epoll ?? poll, epoll ?? mask0];
}

/**
 * A failed system call: its class and text follow from the errno.
 * @param code The errno's name.
 * @returns The failure.
 */
export function error(code: string): Failure {
  return failureOf(osError(errnoOf(code), ''));
}

/**
 * Writes the error of a system call.
 * @param error The error, with an errno.
 * @returns The failure.
 */
export function failureOf(error: OSError): Failure {
  const { name, code = '', strerror = '' } = error;
  return { error: name, errno: code, message: strerror };
}

/**
 * The address that a socket is bound to.
 * @param name The socket's name.
 * @returns The value.
 */
export const address = (name: string): Tagged => ({ address: name });

/**
 * Constants joined by |.
 * @param names Their names.
 * @returns The value.
 */
export const bits = (...names: string[]): Tagged => ({ bits: names });

/**
 * Bytes.
 * @param text Them, as Latin-1 text.
 * @returns The value.
 */
export const bytes = (text: string): Tagged => ({ bytes: text });
