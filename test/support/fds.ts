// Fds for tests, in two forms: functions that close an fd at the end of a test (`t.after`), and the class `Fds`, which
// closes its fds at the end of a block (`using`).
import { readdirSync } from 'node:fs';

import * as sys from '../../src/sys.ts';

/** The context of a test, or the `after` of node:test. */
export interface Cleanup {
  after(done: () => void): void;
}

const opened = new Set<number>();

/** Returns an fd that is closed at the end of the test; throws when it is an errno. */
export function own(t: Cleanup, fd: number): number {
  opened.add(check(fd));
  t.after(() => {
    close(fd);
  });
  return fd;
}

/**
 * Closes an fd of these functions. A second call does nothing, because the number may belong to another file by then.
 */
export function close(fd: number): void {
  if (opened.delete(fd)) sys.close(fd);
}

/** A connected pair of non-blocking AF_UNIX stream sockets. */
export function socketPair(t: Cleanup): [one: number, other: number] {
  const type = sys.SOCK_STREAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
  const [one, other] = twoFds((fds) => sys.socketpair(sys.AF_UNIX, type, 0, fds));
  return [own(t, one), own(t, other)];
}

/** A non-blocking pipe. */
export function pipePair(t: Cleanup): [readEnd: number, writeEnd: number] {
  const [readEnd, writeEnd] = twoFds((fds) => sys.pipe2(fds, sys.O_NONBLOCK | sys.O_CLOEXEC));
  return [own(t, readEnd), own(t, writeEnd)];
}

/** A connected pair of non-blocking TCP sockets on 127.0.0.1, which have urgent bytes on every kernel. */
export function tcpPair(t: Cleanup): [client: number, server: number] {
  using fds = new Fds();
  const [listener, address] = fds.listener();
  // accept4 waits: the kernel may still be handling the last packet of the handshake.
  check(sys.ioctl(listener, sys.FIONBIO, 0));
  const client = own(t, sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0));
  check(sys.connect(client, address, address.length));
  check(sys.ioctl(client, sys.FIONBIO, 1));
  return [client, own(t, sys.accept4(listener, null, null, sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC))];
}

/** An eventfd: always writable, and readable when `initial` is not 0. */
export function eventFd(t: Cleanup, initial: number): number {
  return own(t, sys.eventfd(initial, sys.EFD_NONBLOCK | sys.EFD_CLOEXEC));
}

/** The read end of an empty pipe. */
export function idleFd(t: Cleanup): number {
  return pipePair(t)[0];
}

/** The read end of a pipe with one byte in it. */
export function readableFd(t: Cleanup): number {
  const [readEnd, writeEnd] = pipePair(t);
  writeByte(writeEnd);
  return readEnd;
}

/** A copy of `fd` with the lowest free number from `minimum` on; `undefined` when RLIMIT_NOFILE is too low. */
export function dupAt(t: Cleanup, fd: number, minimum: number): number | undefined {
  const copy = sys.fcntl(fd, sys.F_DUPFD_CLOEXEC, minimum);
  return copy === sys.errnoOf('EINVAL') ? undefined : own(t, copy);
}

// The kernel gives out the lowest free number, so nothing else opens this one by chance. It is below every usual limit.
const UNUSED_NUMBER = 200;

/** The number of a closed fd within the process's fd table. */
export function closedFd(t: Cleanup): number {
  const fd = dupAt(t, idleFd(t), UNUSED_NUMBER);
  if (fd === undefined) throw new Error(`RLIMIT_NOFILE is below ${UNUSED_NUMBER}`);
  close(fd);
  return fd;
}

export function writeByte(fd: number): void {
  const written = sys.write(fd, Buffer.from('x'), 0, 1);
  if (written !== 1) throw new Error(`write returned ${written}`);
}

/** Reads at most 64 bytes. */
export function drain(fd: number): number {
  return sys.read(fd, Buffer.alloc(64), 0, 64);
}

/** A file object that counts the calls of its `fileno`. */
export class Numbered {
  calls = 0;
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  fileno(): number {
    this.calls++;
    return this.fd;
  }
}

/** The number of fds that this process has open. */
export function countFds(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The fds of a block; `using` closes them at its end. */
export class Fds {
  readonly #open = new Set<number>();

  /** Returns an fd that is closed at the end of the block; throws when it is an errno. */
  own(fd: number): number {
    this.#open.add(check(fd));
    return fd;
  }

  close(fd: number): void {
    this.#open.delete(fd);
    sys.close(fd);
  }

  /** The number of a closed fd, which nothing else opens by chance. */
  closed(): number {
    const fd = this.at(900);
    this.close(fd);
    return fd;
  }

  /** An eventfd with the lowest free number from `lowest` on. */
  at(lowest: number): number {
    const fd = check(sys.eventfd(0, sys.EFD_CLOEXEC));
    const high = sys.fcntl(fd, sys.F_DUPFD_CLOEXEC, lowest);
    sys.close(fd);
    return this.own(high);
  }

  pipe(flags: number = sys.O_CLOEXEC): [readEnd: number, writeEnd: number] {
    return this.#ownTwo((fds) => sys.pipe2(fds, flags));
  }

  /** A pair of connected, non-blocking AF_UNIX sockets. */
  pair(type: number = sys.SOCK_STREAM): [number, number] {
    return this.#ownTwo((fds) => sys.socketpair(sys.AF_UNIX, type | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC, 0, fds));
  }

  /** A non-blocking socket that is bound to a free port of 127.0.0.1, and its address. */
  bound(type: number): [fd: number, address: Uint8Array] {
    const fd = this.own(sys.socket(sys.AF_INET, type | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC, 0));
    const address = loopback(0);
    check(sys.bind(fd, address, address.length));
    check(sys.getsockname(fd, address, new Int32Array(1)));
    return [fd, address];
  }

  listener(): [fd: number, address: Uint8Array] {
    const [fd, address] = this.bound(sys.SOCK_STREAM);
    check(sys.listen(fd, 8));
    return [fd, address];
  }

  /** A client whose connection waits in the queue of a listener. */
  client(address: Uint8Array): number {
    const fd = this.own(sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0));
    check(sys.connect(fd, address, address.length));
    return fd;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) sys.close(fd);
    this.#open.clear();
  }

  #ownTwo(make: (fds: Int32Array) => number): [number, number] {
    const [one, other] = twoFds(make);
    return [this.own(one), this.own(other)];
  }
}

function twoFds(make: (fds: Int32Array) => number): [number, number] {
  const fds = new Int32Array(2);
  check(make(fds));
  return [fds[0]!, fds[1]!];
}

/** A struct sockaddr_in of 127.0.0.1. */
export function loopback(port: number): Uint8Array {
  const address = new Uint8Array(sys.SIZEOF_SOCKADDR_IN);
  const view = new DataView(address.buffer);
  new Uint16Array(address.buffer)[0] = sys.AF_INET;
  view.setUint16(2, port);
  view.setUint32(4, sys.INADDR_LOOPBACK);
  return address;
}

/** The port of a struct sockaddr_in. */
export function portOf(address: Uint8Array): number {
  return new DataView(address.buffer, address.byteOffset).getUint16(2);
}

/** Returns the result of a call that the test itself needs; throws when it is an errno. */
export function check(result: number): number {
  if (result < 0) throw new Error(`a call that the test needs returned ${sys.errorCode(result)}`);
  return result;
}

/** The name of a negative result, and any other result unchanged: readable in a failed comparison. */
export function named(result: number): number | string {
  return result < 0 ? sys.errorCode(result) : result;
}
