// The language of the scenarios: plain JSON, which runner.ts carries out on tripoll and runner.py on Python's modules.
// Sockets and files are named by strings; none of them blocks; `bind` takes a free port of 127.0.0.1.

/** The operations and their arguments. */
export interface Operations {
  tcp: [name: string];
  udp: [name: string];
  socketpair: [name: string, other: string, type: 'SOCK_STREAM' | 'SOCK_DGRAM'];
  bind: [name: string];
  listen: [name: string, backlog: number];
  /** Waits until the connection stands or has failed. */
  connect: [name: string, peer: string];
  /** Python's `connect_ex`: begins to connect. */
  startConnect: [name: string, peer: string];
  accept: [listener: string, name: string];
  send: [name: string, text: string, ...flags: string[]];
  recv: [name: string, length: number, ...flags: string[]];
  shutdown: [name: string, how: 'SHUT_RD' | 'SHUT_WR' | 'SHUT_RDWR'];
  /** Closes with SO_LINGER 0, so that TCP sends RST. */
  reset: [name: string];
  /** An int option of SOL_SOCKET. */
  setsockopt: [name: string, option: string, value: number];
  getsockopt: [name: string, option: string];

  pipe: [readEnd: string, writeEnd: string];
  /** Opens a path, which is relative to a folder of the scenario's own. */
  open: [name: string, path: string, ...flags: string[]];
  mkfifo: [path: string];
  pty: [master: string, slave: string];
  eventfd: [name: string, count: number];
  epoll: [name: string];
  epollAdd: [epoll: string, name: string, ...events: string[]];
  read: [name: string, length: number];
  write: [name: string, text: string];
  dup: [name: string, original: string];
  close: [name: string];

  /** Writes until EAGAIN. */
  fill: [name: string];
  /** Reads at one end until the other is writable. */
  drain: [reader: string, writer: string];
  /** Waits until each of the POLL* bits has been seen, for a bounded time: TCP may need a moment, on loopback too. */
  settle: [name: string, ...events: string[]];
}

/** One operation with its arguments. */
export type Step = { [Name in keyof Operations]: [name: Name, ...args: Operations[Name]] }[keyof Operations];

/** What a step gave: nothing to tell, a number, the bytes that were read as Latin-1, or the errno of what failed. */
export type Outcome = null | number | string | { error: string };

/** A step after the measuring, and what it must give. */
export type Check = [step: Step, outcome: Outcome];

/** What is ready: `select` as 'rwx' with '-' for what is not, the others as names of POLL* bits, in the runners' `EVENTS` order. */
export interface Expected {
  select: string;
  /** With interest in IN, PRI, OUT and RDHUP. */
  poll: string[];
  /** With interest in nothing. */
  mask0: string[];
  /** The bits of `poll` and `mask0`, or the errno that registering gives. */
  epoll: 'same' | 'EPERM';
}

export interface Scenario {
  /** The row of the table. */
  name: string;
  steps: Step[];
  /** The errors that the steps give, in their order; none where absent. */
  fails?: string[];
  /** What is measured. */
  target: string;
  expected: Expected;
  after?: Check[];
}

/** What a run gave; runner.py writes the same as one line of JSON. */
export interface Result {
  steps: Outcome[];
  select: string;
  poll: string[];
  mask0: string[];
  epoll: string[] | string;
  epollMask0: string[] | string;
  after: Outcome[];
}

/**
 * What is expected, as the table writes it.
 * @param select 'rw-'.
 * @param poll Events without their prefix: 'IN OUT'; '' for none.
 * @param mask0 The same, with interest in nothing.
 * @param epoll The errno where epoll takes no such file.
 * @returns The expectation.
 */
export function ready(select: string, poll: string, mask0 = '', epoll: Expected['epoll'] = 'same'): Expected {
  return { select, poll: prefixed(poll), mask0: prefixed(mask0), epoll };
}

function prefixed(short: string): string[] {
  return short === '' ? [] : short.split(' ').map((name) => `POLL${name}`);
}

/**
 * The outcome of a step that fails.
 * @param code The errno's name.
 * @returns The outcome.
 */
export function error(code: string): Outcome {
  return { error: code };
}
