import { readdirSync } from 'node:fs';

import * as sys from '../../src/sys.ts';

/** What can run something when a test is over: its context, or the `after` of node:test. */
export interface Cleanup {
  after(done: () => void): void;
}

const opened = new Set<number>();

/** Takes an fd, or fails with the errno's name; it is closed when the test is over, unless `close` came first. */
export function own(t: Cleanup, fd: number): number {
  if (fd < 0) throw new Error(`no fd: ${sys.errorCode(fd)}`);
  opened.add(fd);
  t.after(() => {
    close(fd);
  });
  return fd;
}

/** Closes an fd of this file's; a second time does nothing, since the number may be somebody else's by then. */
export function close(fd: number): void {
  if (opened.delete(fd)) sys.close(fd);
}

/** A connected pair of non-blocking AF_UNIX stream sockets. */
export function socketPair(t: Cleanup): [one: number, other: number] {
  const fds = new Int32Array(2);
  const type = sys.SOCK_STREAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
  const result = sys.socketpair(sys.AF_UNIX, type, 0, fds);
  return pairOf(t, result, fds);
}

/** A non-blocking pipe. */
export function pipePair(t: Cleanup): [readEnd: number, writeEnd: number] {
  const fds = new Int32Array(2);
  const result = sys.pipe2(fds, sys.O_NONBLOCK | sys.O_CLOEXEC);
  return pairOf(t, result, fds);
}

/** A connected pair of non-blocking TCP sockets on 127.0.0.1: unlike AF_UNIX they always know urgent bytes. */
export function tcpPair(t: Cleanup): [client: number, server: number] {
  const address = Buffer.alloc(sys.SIZEOF_SOCKADDR_IN);
  address.writeUInt16LE(sys.AF_INET, 0);
  address.writeUInt32BE(sys.INADDR_LOOPBACK, 4);
  const listener = own(t, sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0));
  const client = own(t, sys.socket(sys.AF_INET, sys.SOCK_STREAM | sys.SOCK_CLOEXEC, 0));
  const results = [
    sys.bind(listener, address, address.length),
    sys.listen(listener, 1),
    sys.getsockname(listener, address, Int32Array.of(address.length)),
    sys.connect(client, address, address.length),
    sys.ioctl(client, sys.FIONBIO, 1),
  ];
  const failed = results.find((result) => result < 0);
  if (failed !== undefined) throw new Error(`no TCP pair: ${sys.errorCode(failed)}`);
  const server = own(t, sys.accept4(listener, null, null, sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC));
  close(listener);
  return [client, server];
}

function pairOf(t: Cleanup, result: number, fds: Int32Array): [number, number] {
  if (result < 0) throw new Error(`no pair: ${sys.errorCode(result)}`);
  return [own(t, fds[0]!), own(t, fds[1]!)];
}

/** An eventfd: readable where `initial` is not 0, writable in any case. */
export function eventFd(t: Cleanup, initial: number): number {
  return own(t, sys.eventfd(initial, sys.EFD_NONBLOCK | sys.EFD_CLOEXEC));
}

/** The read end of a pipe that nothing was written to. */
export function idleFd(t: Cleanup): number {
  return pipePair(t)[0];
}

/** The read end of a pipe with one byte in it. */
export function readableFd(t: Cleanup): number {
  const [readEnd, writeEnd] = pipePair(t);
  writeByte(writeEnd);
  return readEnd;
}

/** A copy of `fd` with the lowest free number from `minimum` on; `undefined` where RLIMIT_NOFILE forbids it. */
export function dupAt(t: Cleanup, fd: number, minimum: number): number | undefined {
  const copy = sys.fcntl(fd, sys.F_DUPFD_CLOEXEC, minimum);
  return copy === sys.errnoOf('EINVAL') ? undefined : own(t, copy);
}

// High enough that nothing opens it by chance, as the kernel gives out the lowest free number; below every limit.
const OUT_OF_THE_WAY = 200;

/** The number of an fd that is closed, within the process's fd table and unlikely to be opened by anybody else. */
export function closedFd(t: Cleanup): number {
  const fd = dupAt(t, idleFd(t), OUT_OF_THE_WAY);
  if (fd === undefined) throw new Error(`RLIMIT_NOFILE is below ${OUT_OF_THE_WAY}`);
  close(fd);
  return fd;
}

/** Writes one byte. */
export function writeByte(fd: number): void {
  const written = sys.write(fd, Buffer.from('x'), 0, 1);
  if (written !== 1) throw new Error(`write gave ${written}`);
}

/** Reads what is there, at most 64 bytes. */
export function drain(fd: number): number {
  return sys.read(fd, Buffer.alloc(64), 0, 64);
}

/** A file object of `fd`, which counts the calls of its `fileno`. */
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
