import { execFileSync } from 'node:child_process';
import { constants as openFlags, openSync } from 'node:fs';
import { resolve } from 'node:path';

import { epoll } from '../select/epoll.ts';
import { poll } from '../select/poll.ts';
import { socketpair } from '../socket/create.ts';
import { Socket } from '../socket/socket.ts';
import * as sys from '../system/calls.ts';
import { BlockingIOError, errnoOf, osError } from '../system/errors.ts';
import type { FileObject } from '../system/fileobj.ts';
import { maskOf } from './mask.ts';
import { measure } from './measure.ts';
import type { Operations } from './step.ts';
import type { World } from './world.ts';

const NONBLOCKING_FILE = sys.O_NONBLOCK | sys.O_CLOEXEC;
const CHUNK = new Uint8Array(65536);
// The longest time that one step waits.
const WAIT_MS = 5000;
// struct linger: l_onoff, l_linger.
const LINGER_ZERO = new Uint8Array(Int32Array.of(1, 0).buffer);

export type Implementations<Names, In> = {
  [Name in keyof Names]: (world: In, ...args: Names[Name] & unknown[]) => unknown;
};

/** The implementation of each operation. */
export const operations: Implementations<Operations, World> = {
  tcp(world, name) {
    addSocket(world, name, new Socket(sys.AF_INET, sys.SOCK_STREAM));
  },
  udp(world, name) {
    addSocket(world, name, new Socket(sys.AF_INET, sys.SOCK_DGRAM));
  },
  socketpair(world, name, other, type) {
    const [first, second] = socketpair(sys.AF_UNIX, maskOf([type]));
    addSocket(world, name, first);
    addSocket(world, other, second);
  },
  bind(world, name) {
    socketOf(world, name).bind(['127.0.0.1', 0]);
  },
  connect(world, name, peer) {
    const client = socketOf(world, name);
    client.settimeout(WAIT_MS / 1000);
    try {
      client.connect(socketOf(world, peer).getsockname() as [string, number]);
    } finally {
      client.setblocking(false);
    }
  },
  accept(world, listener, name) {
    addSocket(world, name, socketOf(world, listener).accept()[0]);
  },
  reset(world, name) {
    const client = socketOf(world, name);
    client.setsockopt(sys.SOL_SOCKET, sys.SO_LINGER, LINGER_ZERO);
    client.close();
  },

  pipe(world, readEnd, writeEnd) {
    const fds = new Int32Array(2);
    check(sys.pipe2(fds, NONBLOCKING_FILE));
    world.name(readEnd, fds[0]);
    world.name(writeEnd, fds[1]);
  },
  open(world, name, path, ...flags) {
    world.name(name, open(resolve(world.path('.'), path), ...flags));
  },
  mkfifo(world, path) {
    execFileSync('mkfifo', [world.path(path)]);
  },
  pty(world, master, slave) {
    const fd = open('/dev/ptmx', 'O_RDWR');
    world.name(master, fd);
    check(sys.ioctl(fd, sys.TIOCSPTLCK, 0));
    world.name(slave, open(`/dev/pts/${String(check(sys.ioctl(fd, sys.TIOCGPTN, 0)))}`, 'O_RDWR'));
  },
  eventfd(world, name, count) {
    world.name(name, check(sys.eventfd(count, sys.EFD_NONBLOCK | sys.EFD_CLOEXEC)));
  },
  epoll(world, name, file) {
    const poller = epoll();
    poller.register(fdOf(world, file), sys.EPOLLIN);
    world.name(name, poller);
  },
  read(world, name, length) {
    const buffer = Buffer.alloc(length);
    return buffer.toString('latin1', 0, check(sys.read(fdOf(world, name), buffer, 0, length)));
  },
  write(world, name, text) {
    const bytes = Buffer.from(text, 'latin1');
    return check(sys.write(fdOf(world, name), bytes, 0, bytes.length));
  },
  dup(world, name, original) {
    world.name(name, check(sys.fcntl(fdOf(world, original), sys.F_DUPFD_CLOEXEC, 0)));
  },
  close(world, name) {
    const file = world.object(name) as number | Socket;
    if (typeof file === 'number') check(world.close(file));
    else file.close();
  },

  fill(world, name) {
    const fd = fdOf(world, name);
    try {
      while (check(sys.write(fd, CHUNK, 0, CHUNK.length)) > 0);
    } catch (error) {
      if (!(error instanceof BlockingIOError)) throw error;
    }
  },
  drain(world, reader, writer) {
    const from = fdOf(world, reader);
    const to = fdOf(world, writer);
    within((remainingMs) => {
      if (pollOnce(to, sys.POLLOUT, 0) !== 0) return true;
      // A short wait, because the writer may become writable after the last byte was read.
      if (pollOnce(from, sys.POLLIN, Math.min(remainingMs, 10)) !== 0) sys.read(from, CHUNK, 0, CHUNK.length);
      return false;
    });
  },
  settle(world, name, ...events) {
    const fd = fdOf(world, name);
    let missing = maskOf(events);
    within((remainingMs) => {
      missing &= ~pollOnce(fd, missing, remainingMs);
      return missing === 0;
    });
  },
  measure: (world, name) => measure(world.object(name) as FileObject),
};

function socketOf(world: World, name: string): Socket {
  return world.object(name) as Socket;
}

// Returns the current fd: -1 for a closed socket.
function fdOf(world: World, name: string): number {
  const file = world.object(name) as number | Socket;
  return typeof file === 'number' ? file : file.fileno();
}

function addSocket(world: World, name: string, made: Socket): void {
  made.setblocking(false);
  world.name(name, made);
}

function check(result: number): number {
  if (result < 0) throw osError(result, 'operation');
  return result;
}

// Repeats an attempt until it returns true; throws ETIMEDOUT after WAIT_MS.
function within(attempt: (remainingMs: number) => boolean): void {
  const deadlineMs = performance.now() + WAIT_MS;
  for (let remainingMs = WAIT_MS; remainingMs > 0; remainingMs = deadlineMs - performance.now()) {
    if (attempt(remainingMs)) return;
  }
  throw osError(errnoOf('ETIMEDOUT'), 'operation');
}

function pollOnce(fd: number, mask: number, timeoutMs: number): number {
  const poller = poll();
  poller.register(fd, mask);
  return poller.poll(timeoutMs)[0]?.[1] ?? 0;
}

// open(2); tripoll itself does not offer this call.
function open(path: string, ...flags: string[]): number {
  const mask = maskOf([...flags, 'O_NONBLOCK', 'O_NOCTTY'], openFlags);
  try {
    return openSync(path, mask, 0o600);
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    throw errno === undefined ? error : osError(errno, 'open');
  }
}
