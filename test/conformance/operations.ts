import { execFileSync } from 'node:child_process';
import { constants as openFlags, openSync } from 'node:fs';
import { resolve } from 'node:path';

import { errnoOf } from '../../src/errors.ts';
import * as sys from '../../src/sys.ts';
import type { Operations, Outcome, Step } from './scenario.ts';
import { bits, count, done, pollOnce, within, World } from './world.ts';

const NONBLOCKING = sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
const NONBLOCKING_FILE = sys.O_NONBLOCK | sys.O_CLOEXEC;
const EAGAIN = errnoOf('EAGAIN');
const EINPROGRESS = errnoOf('EINPROGRESS');
const CHUNK = new Uint8Array(65536);
// struct sockaddr_in: sin_family in the host's order, here little-endian; port 0; 127.0.0.1; 8 bytes of padding.
const LOOPBACK_ANY_PORT = Uint8Array.from([sys.AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
// struct linger: l_onoff, l_linger.
const LINGER_ZERO = Int32Array.of(1, 0);

/**
 * Carries out one step.
 * @param world The fds of the run.
 * @param step The step.
 * @returns What it gave.
 */
export function perform(world: World, [name, ...args]: Step): Outcome {
  const operation = operations[name] as (world: World, ...args: unknown[]) => Outcome;
  return operation(world, ...args);
}

const operations: { [Name in keyof Operations]: (world: World, ...args: Operations[Name]) => Outcome } = {
  tcp: (world, name) => world.add(name, sys.socket(sys.AF_INET, sys.SOCK_STREAM | NONBLOCKING, 0)),
  udp: (world, name) => world.add(name, sys.socket(sys.AF_INET, sys.SOCK_DGRAM | NONBLOCKING, 0)),
  socketpair: (world, name, other, type) =>
    world.addPair([name, other], (fds) => sys.socketpair(sys.AF_UNIX, bits([type]) | NONBLOCKING, 0, fds)),
  bind: (world, name) => done(sys.bind(world.fd(name), LOOPBACK_ANY_PORT, LOOPBACK_ANY_PORT.length)),
  listen: (world, name, backlog) => done(sys.listen(world.fd(name), backlog)),
  connect,
  startConnect: (world, name, peer) => done(startConnect(world, name, peer)),
  accept: (world, listener, name) => world.add(name, sys.accept4(world.fd(listener), null, null, NONBLOCKING)),
  send(world, name, text, ...flags) {
    const bytes = Buffer.from(text, 'latin1');
    return count(sys.send(world.fd(name), bytes, 0, bytes.length, bits(flags)));
  },
  recv: (world, name, length, ...flags) =>
    received(length, (buffer) => sys.recv(world.fd(name), buffer, 0, length, bits(flags))),
  shutdown: (world, name, how) => done(sys.shutdown(world.fd(name), bits([how]))),
  reset(world, name) {
    const result = sys.setsockopt(world.fd(name), sys.SOL_SOCKET, sys.SO_LINGER, LINGER_ZERO, 0);
    return result < 0 ? count(result) : world.close(name);
  },
  setsockopt: (world, name, option, value) =>
    done(sys.setsockopt(world.fd(name), sys.SOL_SOCKET, bits([option]), Int32Array.of(value), 0)),
  getsockopt: (world, name, option) => getsockopt(world.fd(name), bits([option])),

  pipe: (world, readEnd, writeEnd) => world.addPair([readEnd, writeEnd], (fds) => sys.pipe2(fds, NONBLOCKING_FILE)),
  open: (world, name, path, ...flags) => world.add(name, open(resolve(world.folder, path), ...flags)),
  mkfifo(world, path) {
    execFileSync('mkfifo', [resolve(world.folder, path)]);
    return null;
  },
  pty: openPty,
  eventfd: (world, name, initial) => world.add(name, sys.eventfd(initial, sys.EFD_NONBLOCK | sys.EFD_CLOEXEC)),
  epoll: (world, name) => world.add(name, sys.epollCreate1(sys.EPOLL_CLOEXEC)),
  epollAdd: (world, epoll, name, ...events) =>
    done(sys.epollCtl(world.fd(epoll), sys.EPOLL_CTL_ADD, world.fd(name), bits(events), 0, 0)),
  read: (world, name, length) => received(length, (buffer) => sys.read(world.fd(name), buffer, 0, length)),
  write(world, name, text) {
    const bytes = Buffer.from(text, 'latin1');
    return count(sys.write(world.fd(name), bytes, 0, bytes.length));
  },
  dup: (world, name, original) => world.add(name, sys.fcntl(world.fd(original), sys.F_DUPFD_CLOEXEC, 0)),
  close: (world, name) => world.close(name),

  fill(world, name) {
    const fd = world.fd(name);
    let result: number;
    do result = sys.write(fd, CHUNK, 0, CHUNK.length);
    while (result > 0);
    return result === EAGAIN ? null : done(result);
  },
  drain: (world, reader, writer) =>
    within((remainingMs) => {
      const from = world.fd(reader);
      const to = world.fd(writer);
      if (pollOnce(to, sys.POLLOUT, 0) !== 0) return true;
      // Short, since the writer may become writable while nothing is left to read.
      if (pollOnce(from, sys.POLLIN, Math.min(remainingMs, 10)) !== 0) sys.read(from, CHUNK, 0, CHUNK.length);
      return false;
    }),
  settle: (world, name, ...events) => settle(world.fd(name), bits(events)),
};

function settle(fd: number, events: number): Outcome {
  let missing = events;
  return within((remainingMs) => {
    missing &= ~pollOnce(fd, missing, remainingMs);
    return missing === 0;
  });
}

function startConnect(world: World, name: string, peer: string): number {
  const address = new Uint8Array(sys.SIZEOF_SOCKADDR_STORAGE);
  const length = new Int32Array(1);
  const result = sys.getsockname(world.fd(peer), address, length);
  return result < 0 ? result : sys.connect(world.fd(name), address, length[0]!);
}

function connect(world: World, name: string, peer: string): Outcome {
  const result = startConnect(world, name, peer);
  if (result !== EINPROGRESS) return done(result);
  const settled = settle(world.fd(name), sys.POLLOUT);
  const soError = getsockopt(world.fd(name), sys.SO_ERROR);
  return typeof soError === 'number' && soError !== 0 ? done(-soError) : settled;
}

function getsockopt(fd: number, option: number): Outcome {
  const value = new Int32Array(1);
  const result = sys.getsockopt(fd, sys.SOL_SOCKET, option, value, new Int32Array(1));
  return result < 0 ? count(result) : value[0]!;
}

function received(length: number, read: (buffer: Buffer) => number): Outcome {
  const buffer = Buffer.alloc(length);
  const result = read(buffer);
  return result < 0 ? count(result) : buffer.toString('latin1', 0, result);
}

// open(2), which tripoll does not have: an fd, or -errno.
function open(path: string, ...flags: string[]): number {
  const mask = bits([...flags, 'O_NONBLOCK', 'O_NOCTTY'], openFlags);
  try {
    return openSync(path, mask, 0o600);
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    return errno;
  }
}

function openPty(world: World, master: string, slave: string): Outcome {
  const fd = open('/dev/ptmx', 'O_RDWR');
  if (fd < 0) return count(fd);
  world.add(master, fd);
  const unlocked = sys.ioctl(fd, sys.TIOCSPTLCK, 0);
  if (unlocked < 0) return count(unlocked);
  return world.add(slave, open(`/dev/pts/${String(sys.ioctl(fd, sys.TIOCGPTN, 0))}`, 'O_RDWR'));
}
