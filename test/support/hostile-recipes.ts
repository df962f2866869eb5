import { closeSync, openSync } from 'node:fs';

import type { Native } from '../../src/system/native.ts';
import * as sys from '../../src/sys.ts';
import { check, Fds, loopback } from './fds.ts';

/** A native function's name. */
export type Name = Exclude<keyof Native, 'constants' | 'errnos'>;

/** The kind of an argument, which decides which values must not be passed. */
export type Kind =
  | 'number'
  | 'fd'
  | 'family'
  | 'buffer'
  | 'fdsOut'
  | 'callback'
  | 'text'
  | 'lookupName'
  | 'lookupAddress'
  | 'lookupFlags'
  | 'hostname';

/** A valid call that does not block and uses only its own files: new arguments for each call, and their kinds. */
export interface Recipe {
  readonly kinds: readonly Kind[];
  readonly args: (fds: Fds) => unknown[];
  /** Whether the result is an fd that belongs to the caller. */
  readonly makesFd?: boolean;
}

const NI_NUMERIC = 3; // NI_NUMERICHOST | NI_NUMERICSERV
const AI_NUMERIC = 0x404; // AI_NUMERICHOST | AI_NUMERICSERV
const CLOEXEC_STREAM = sys.SOCK_STREAM | sys.SOCK_NONBLOCK | sys.SOCK_CLOEXEC;
const NUMBER: Kind = 'number';
const TRANSFER: readonly Kind[] = ['fd', 'buffer', NUMBER, NUMBER];

function readySocket(fds: Fds): number {
  const [here, there] = fds.pair();
  check(sys.send(there, new Uint8Array(8), 0, 8, 0));
  return here;
}

function readySet(fds: Fds): [nfds: number, set: Uint32Array] {
  const fd = readySocket(fds);
  const set = new Uint32Array(64);
  set[fd >>> 5] = 1 << fd;
  return [fd + 1, set];
}

function unixSocket(fds: Fds): number {
  return fds.own(sys.socket(sys.AF_UNIX, CLOEXEC_STREAM, 0));
}

// The kernel chooses its AF_UNIX name, so that listen() opens no port.
function unixListener(fds: Fds): number {
  const fd = unixSocket(fds);
  check(sys.bind(fd, new Uint8Array(Uint16Array.of(sys.AF_UNIX).buffer), 2));
  return fd;
}

function readyEpoll(fds: Fds): number {
  const epfd = fds.own(sys.epollCreate1(sys.EPOLL_CLOEXEC));
  check(sys.epollCtl(epfd, sys.EPOLL_CTL_ADD, readySocket(fds), sys.EPOLLIN, 1, 2));
  return epfd;
}

function datagram(fds: Fds): [fd: number, address: Uint8Array] {
  const [, address] = fds.bound(sys.SOCK_DGRAM);
  return [fds.bound(sys.SOCK_DGRAM)[0], address];
}

// `close` closes this fd, so no test owns it.
function loose(): number {
  return openSync('/dev/null', 'r');
}

const waiting: Partial<Record<Name, Recipe>> = {
  select: {
    kinds: [NUMBER, 'buffer', 'buffer', 'buffer', NUMBER],
    args: (fds) => {
      const [nfds, set] = readySet(fds);
      return [nfds, set, set.slice(), set.slice(), 0];
    },
  },
  poll: { kinds: ['buffer', NUMBER, NUMBER], args: (fds) => [Int32Array.of(readySocket(fds), 1), 1, 0] },
  epollCreate1: { kinds: [NUMBER], args: () => [sys.EPOLL_CLOEXEC], makesFd: true },
  epollCtl: {
    kinds: ['fd', NUMBER, 'fd', NUMBER, NUMBER, NUMBER],
    args: (fds) => [fds.own(sys.epollCreate1(0)), sys.EPOLL_CTL_ADD, fds.pair()[0], sys.EPOLLIN, 1, 2],
  },
  epollWait: {
    kinds: ['fd', 'buffer', NUMBER, NUMBER],
    args: (fds) => [readyEpoll(fds), new Uint8Array(sys.SIZEOF_EPOLL_EVENT * 2), 2, 0],
  },
  // It keeps the first function that it receives, and throws for each further one.
  nodeLoopOpen: { kinds: ['callback'], args: () => [() => undefined] },
  nodeLoopStart: { kinds: [], args: () => [] },
  nodeLoopStop: { kinds: [], args: () => [] },
};

const sockets: Partial<Record<Name, Recipe>> = {
  socket: { kinds: ['family', NUMBER, NUMBER], args: () => [sys.AF_UNIX, CLOEXEC_STREAM, 0], makesFd: true },
  socketpair: {
    kinds: ['family', NUMBER, NUMBER, 'fdsOut'],
    args: () => [sys.AF_UNIX, CLOEXEC_STREAM, 0, new Int32Array(2)],
  },
  bind: {
    kinds: ['fd', 'buffer', NUMBER],
    args: (fds) => [fds.own(sys.socket(sys.AF_INET, CLOEXEC_STREAM, 0)), loopback(0), 16],
  },
  connect: { kinds: ['fd', 'buffer', NUMBER], args: (fds) => [unixSocket(fds), new Uint8Array(8).fill(1), 8] },
  getsockname: {
    kinds: ['fd', 'buffer', 'buffer'],
    args: (fds) => [unixListener(fds), new Uint8Array(4), new Int32Array(1)],
  },
  getpeername: {
    kinds: ['fd', 'buffer', 'buffer'],
    args: (fds) => [fds.pair()[0], new Uint8Array(4), new Int32Array(1)],
  },
  accept4: {
    kinds: ['fd', 'buffer', 'buffer', NUMBER],
    args: (fds) => {
      const [listener, address] = fds.listener();
      fds.client(address);
      return [listener, new Uint8Array(16), new Int32Array(1), sys.SOCK_CLOEXEC];
    },
    makesFd: true,
  },
  listen: { kinds: ['fd', NUMBER], args: (fds) => [unixListener(fds), 1] },
  shutdown: { kinds: ['fd', NUMBER], args: (fds) => [fds.pair()[0], sys.SHUT_WR] },
  getsockopt: {
    kinds: ['fd', NUMBER, NUMBER, 'buffer', 'buffer'],
    args: (fds) => [fds.pair()[0], sys.SOL_SOCKET, sys.SO_TYPE, new Int32Array(1), new Int32Array(1)],
  },
  setsockopt: {
    kinds: ['fd', NUMBER, NUMBER, 'buffer', NUMBER],
    args: (fds) => [fds.pair()[0], sys.SOL_SOCKET, sys.SO_KEEPALIVE, Int32Array.of(1), 4],
  },
};

const transfers: Partial<Record<Name, Recipe>> = {
  recv: { kinds: [...TRANSFER, NUMBER], args: (fds) => [readySocket(fds), new Uint8Array(8), 2, 4, 0] },
  send: { kinds: [...TRANSFER, NUMBER], args: (fds) => [fds.pair()[0], new Uint8Array(8), 2, 4, 0] },
  recvEach: {
    kinds: ['buffer', NUMBER, 'buffer', NUMBER, 'buffer'],
    args: (fds) => [Int32Array.of(readySocket(fds), readySocket(fds)), 2, new Uint8Array(64), 8, new Int32Array(2)],
  },
  findEach: {
    kinds: ['buffer', NUMBER, NUMBER, 'buffer', 'buffer'],
    args: () => [new Uint8Array(64), 8, 16, new Uint8Array(1), new Int32Array(4)],
  },
  sendEach: {
    kinds: ['buffer', NUMBER, 'buffer', 'buffer', 'buffer'],
    args: (fds) => [
      Int32Array.of(fds.pair()[0], fds.pair()[0]),
      2,
      new Uint8Array(64),
      Int32Array.of(8, 64),
      new Int32Array(2),
    ],
  },
  recvfrom: {
    kinds: [...TRANSFER, NUMBER, 'buffer', 'buffer'],
    args: (fds) => [readySocket(fds), new Uint8Array(8), 2, 4, 0, new Uint8Array(16), new Int32Array(1)],
  },
  sendto: {
    kinds: [...TRANSFER, NUMBER, 'buffer', NUMBER],
    args: (fds) => {
      const [fd, address] = datagram(fds);
      return [fd, new Uint8Array(8), 2, 4, 0, address, 16];
    },
  },
  sendmsg: {
    kinds: ['fd', 'buffer', 'buffer', NUMBER, 'buffer', NUMBER],
    args: (fds) => {
      const [fd, address] = datagram(fds);
      return [fd, [new Uint8Array(8)], null, 0, address, 16];
    },
  },
  recvmsg: {
    kinds: ['fd', 'buffer', 'buffer', NUMBER, 'buffer', 'buffer'],
    args: (fds) => [
      readySocket(fds),
      [new Uint8Array(2), new Uint8Array(2)],
      new Uint8Array(64),
      0,
      new Uint8Array(16),
      new Int32Array(3),
    ],
  },
  sendfile: {
    kinds: ['fd', 'fd', NUMBER, NUMBER],
    args: (fds) => [fds.pair()[0], fds.own(openSync(process.execPath, 'r')), 0, 4],
  },
};

const files: Partial<Record<Name, Recipe>> = {
  close: { kinds: ['fd'], args: () => [loose()] },
  dup3: { kinds: ['fd', 'fd', NUMBER], args: (fds) => [fds.at(0), fds.at(0), sys.O_CLOEXEC] },
  fcntl: { kinds: ['fd', NUMBER, NUMBER], args: (fds) => [fds.at(0), sys.F_DUPFD_CLOEXEC, 0], makesFd: true },
  ioctl: { kinds: ['fd', NUMBER, NUMBER], args: (fds) => [fds.pair()[0], sys.FIONREAD, 0] },
  read: { kinds: TRANSFER, args: (fds) => [readySocket(fds), new Uint8Array(8), 2, 4] },
  write: { kinds: TRANSFER, args: (fds) => [fds.pair()[0], new Uint8Array(8), 2, 4] },
  flock: { kinds: ['fd', NUMBER], args: (fds) => [fds.pair()[0], sys.LOCK_UN] },
  pipe2: { kinds: ['fdsOut', NUMBER], args: () => [new Int32Array(2), sys.O_CLOEXEC] },
  adoptFd: { kinds: ['fd'], args: (fds) => [fds.at(0)] },
  keepOpen: { kinds: ['fd'], args: (fds) => [fds.at(0)] },
  eventfd: { kinds: [NUMBER, NUMBER], args: () => [1, sys.EFD_CLOEXEC], makesFd: true },
};

const names: Partial<Record<Name, Recipe>> = {
  strerror: { kinds: [NUMBER], args: () => [2] },
  gaiStrerror: { kinds: [NUMBER], args: () => [-2] },
  hStrerror: { kinds: [NUMBER], args: () => [1] },
  getaddrinfo: {
    kinds: ['text', 'text', 'family', NUMBER, NUMBER, NUMBER, 'buffer'],
    args: () => ['127.0.0.1', '80', sys.AF_INET, sys.SOCK_STREAM, 0, AI_NUMERIC, new Int32Array(1)],
  },
  getnameinfo: {
    kinds: ['buffer', 'lookupFlags', 'buffer'],
    args: () => [loopback(80), NI_NUMERIC, new Int32Array(1)],
  },
  gethostbyname: { kinds: ['lookupName'], args: () => ['127.0.0.1'] },
  gethostbyaddr: { kinds: ['lookupAddress', 'family'], args: () => [Uint8Array.of(127, 0, 0), sys.AF_INET] },
  getservbyname: { kinds: ['text', 'text'], args: () => ['http', 'tcp'] },
  getservbyport: { kinds: [NUMBER, 'text'], args: () => [80, 'tcp'] },
  inetPton: { kinds: ['family', 'text', 'buffer'], args: () => [sys.AF_INET6, '::1', new Uint8Array(16)] },
  inetNtop: { kinds: ['family', 'buffer'], args: () => [sys.AF_INET6, new Uint8Array(16)] },
  inetAton: { kinds: ['text', 'buffer'], args: () => ['127.1', new Uint8Array(4)] },
  ifNameindex: { kinds: [], args: () => [] },
  ifNametoindex: { kinds: ['text'], args: () => ['lo'] },
  ifIndextoname: { kinds: [NUMBER], args: () => [1] },
  sethostname: { kinds: ['hostname'], args: () => [null] },
};

/** A recipe for each native function. */
export const recipes = { ...waiting, ...sockets, ...transfers, ...files, ...names } as Record<Name, Recipe>;

/** Stands for a value that must not be passed. */
export const SKIPPED = Symbol('skipped');

/** Replaces values that would do harm: fds of others, kernel modules, the host's name, look-ups over the network. */
export function tamed(kind: Kind, value: unknown): unknown {
  const isInt32 = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  const isName = typeof value === 'string' && !value.includes('\0');
  switch (kind) {
    case 'fd':
      return isInt32 && value >= 0 ? 2 ** 30 + (value % 2 ** 30) : value;
    case 'family':
      return isInt32 && value >= 0 ? -1 - value : value;
    case 'lookupFlags':
      return isInt32 ? value | NI_NUMERIC : value;
    case 'lookupName':
      return isName && value.length < 1000 ? SKIPPED : value;
    case 'lookupAddress':
      return ArrayBuffer.isView(value) && value.byteLength >= 4 ? SKIPPED : value;
    case 'hostname':
      return isName ? SKIPPED : value;
    default:
      return value;
  }
}

/** Closes the fd that a call has returned, the fds that it has written, and the fd that it was meant to close. */
export function cleanUp(name: Name, args: readonly unknown[], result: unknown, sound: unknown): void {
  const { kinds, makesFd } = recipes[name];
  const makes = name === 'fcntl' ? args[1] === sys.F_DUPFD || args[1] === sys.F_DUPFD_CLOEXEC : makesFd === true;
  if (makes && typeof result === 'number' && result >= 0) closeSync(result);
  const out = args[kinds.indexOf('fdsOut')];
  // Access by index works with any prototype.
  if (result === 0 && ArrayBuffer.isView(out)) for (const index of [0, 1]) closeSync((out as Int32Array)[index]!);
  if (name === 'close' && result !== 0) closeSync(sound as number);
}
