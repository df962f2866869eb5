import {
  AF_INET,
  AF_UNIX,
  O_CLOEXEC,
  SIZEOF_SOCKADDR_IN,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../../src/system/constants/index.ts';
import * as sys from '../../src/sys.ts';

/** The fds that a test has opened; `using` closes them at its end. */
export class Fds {
  readonly #open = new Set<number>();

  /** Takes over what a call returned, and throws if that is an errno. */
  own(result: number): number {
    if (result < 0) throw new Error(`expected an fd, got ${sys.errorCode(result)}`);
    this.#open.add(result);
    return result;
  }

  /** Closes an fd now; its number stays free until something is opened. */
  close(fd: number): void {
    this.#open.delete(fd);
    sys.close(fd);
  }

  /** A number that is no open fd, and will not become one by chance. */
  closed(): number {
    const fd = this.at(900);
    this.close(fd);
    return fd;
  }

  /** An fd whose number is at least `lowest`. */
  at(lowest: number): number {
    const fd = check(sys.eventfd(0, sys.EFD_CLOEXEC));
    const high = sys.fcntl(fd, sys.F_DUPFD_CLOEXEC, lowest);
    sys.close(fd);
    return this.own(high);
  }

  pipe(flags: number = O_CLOEXEC): [readEnd: number, writeEnd: number] {
    return this.#two((fds) => sys.pipe2(fds, flags));
  }

  /** A pair of connected AF_UNIX sockets that never block. */
  pair(type: number = SOCK_STREAM): [number, number] {
    return this.#two((fds) => sys.socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
  }

  /** A socket bound to a free port of 127.0.0.1, and its address. */
  bound(type: number): [fd: number, address: Uint8Array] {
    const fd = this.own(sys.socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const address = loopback(0);
    check(sys.bind(fd, address, address.length));
    check(sys.getsockname(fd, address, new Int32Array(1)));
    return [fd, address];
  }

  listener(): [fd: number, address: Uint8Array] {
    const [fd, address] = this.bound(SOCK_STREAM);
    check(sys.listen(fd, 8));
    return [fd, address];
  }

  /** A client whose connection waits in a listener's queue. */
  client(address: Uint8Array): number {
    const fd = this.own(sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    check(sys.connect(fd, address, address.length));
    return fd;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) sys.close(fd);
    this.#open.clear();
  }

  #two(make: (fds: Int32Array) => number): [number, number] {
    const fds = new Int32Array(2);
    check(make(fds));
    return [this.own(fds[0]!), this.own(fds[1]!)];
  }
}

/** A struct sockaddr_in of 127.0.0.1. */
export function loopback(port: number): Uint8Array {
  const address = new Uint8Array(SIZEOF_SOCKADDR_IN);
  const view = new DataView(address.buffer);
  new Uint16Array(address.buffer)[0] = AF_INET;
  view.setUint16(2, port);
  view.setUint32(4, sys.INADDR_LOOPBACK);
  return address;
}

/** A struct sockaddr_in's port. */
export function portOf(address: Uint8Array): number {
  return new DataView(address.buffer, address.byteOffset).getUint16(2);
}

export function check(result: number): number {
  if (result < 0) throw new Error(`a call of the test's own set-up gave ${sys.errorCode(result)}`);
  return result;
}

/** The name of a negative result, and the number itself for others: what a failed comparison should show. */
export function named(result: number): number | string {
  return result < 0 ? sys.errorCode(result) : result;
}
