import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type bindings from 'bindings';

import { missingAddonSentence } from './missing-addon.ts';

/** A typed array whose bytes a system call reads or writes in place. */
export type NativeArray = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

type Call<Arguments extends unknown[], Result = number> = (...args: Arguments) => Result;
type Transfer = [fd: number, buffer: NativeArray, offset: number, length: number];
type IntoAddress = [fd: number, address: Uint8Array, addressLength: Int32Array];
type WithAddress = [fd: number, address: Uint8Array, addressLength: number];
type Message = [
  fd: number,
  buffers: readonly Uint8Array[],
  control: Uint8Array | null,
  flags: number,
  address: Uint8Array | null,
];
type FdSet = NativeArray | null;

/** The arguments of getaddrinfo(3). */
export type AddressQuery = [
  host: string | null,
  service: string | null,
  family: number,
  type: number,
  protocol: number,
  flags: number,
];
/** One result of getaddrinfo(3); the address is a struct sockaddr. */
export type AddressEntry = [family: number, type: number, protocol: number, canonname: string, address: Buffer];

/**
 * The functions of the addon; each makes one call of the system or of the C library. `calls.ts` documents the public
 * ones.
 */
export interface Native {
  readonly constants: Readonly<Record<string, number>>;
  readonly errnos: Readonly<Record<string, number>>;

  readonly select: Call<[nfds: number, readfds: FdSet, writefds: FdSet, exceptfds: FdSet, timeoutUs: number]>;
  readonly poll: Call<[table: NativeArray, nfds: number, timeoutMs: number]>;
  readonly epollCreate1: Call<[flags: number]>;
  readonly epollCtl: Call<[epfd: number, op: number, fd: number, events: number, dataLow: number, dataHigh: number]>;
  readonly epollWait: Call<[epfd: number, events: NativeArray, maxevents: number, timeoutMs: number]>;

  readonly socket: Call<[domain: number, type: number, protocol: number]>;
  readonly socketpair: Call<[domain: number, type: number, protocol: number, fds: Int32Array]>;
  readonly bind: Call<WithAddress>;
  readonly connect: Call<WithAddress>;
  readonly getsockname: Call<IntoAddress>;
  readonly getpeername: Call<IntoAddress>;
  readonly accept4: Call<[fd: number, address: Uint8Array | null, addressLength: Int32Array | null, flags: number]>;
  readonly listen: Call<[fd: number, backlog: number]>;
  readonly shutdown: Call<[fd: number, how: number]>;
  readonly getsockopt: Call<[fd: number, level: number, option: number, value: NativeArray, valueLength: Int32Array]>;
  readonly setsockopt: Call<[fd: number, level: number, option: number, value: NativeArray | null, length: number]>;

  readonly recv: Call<[...Transfer, flags: number]>;
  readonly send: Call<[...Transfer, flags: number]>;
  readonly recvEach: Call<[fds: Int32Array, count: number, buffer: Uint8Array, maxBytes: number, results: Int32Array]>;
  readonly sendEach: Call<[fds: Int32Array, count: number, buffer: Uint8Array, ends: Int32Array, results: Int32Array]>;
  readonly findEach: Call<[buffer: Uint8Array, from: number, to: number, needle: Uint8Array, positions: Int32Array]>;
  readonly recvfrom: Call<[...Transfer, flags: number, address: Uint8Array, addressLength: Int32Array]>;
  readonly sendto: Call<[...Transfer, flags: number, address: Uint8Array, addressLength: number]>;
  readonly sendmsg: Call<[...Message, addressLength: number]>;
  readonly recvmsg: Call<[...Message, out: Int32Array]>;
  readonly sendfile: Call<[outFd: number, inFd: number, offset: number, count: number]>;

  readonly close: Call<[fd: number]>;
  readonly dup3: Call<[oldfd: number, newfd: number, flags: number]>;
  readonly fcntl: Call<[fd: number, command: number, argument: number]>;
  readonly ioctl: Call<[fd: number, request: number, argument: number]>;
  readonly read: Call<Transfer>;
  readonly write: Call<Transfer>;
  readonly flock: Call<[fd: number, operation: number]>;
  readonly pipe2: Call<[fds: Int32Array, flags: number]>;
  readonly eventfd: Call<[initval: number, flags: number]>;

  readonly adoptFd: Call<[fd: number]>;
  readonly keepOpen: Call<[fd: number]>;

  readonly nodeLoopOpen: Call<[turn: (timeoutMs: number) => boolean]>;
  readonly nodeLoopStart: Call<[], undefined>;
  readonly nodeLoopStop: Call<[], undefined>;

  readonly strerror: Call<[errno: number], string>;
  readonly gaiStrerror: Call<[code: number], string>;
  readonly hStrerror: Call<[code: number], string>;
  readonly getaddrinfo: Call<[...AddressQuery, errnoOut: Int32Array], number | AddressEntry[]>;
  readonly getnameinfo: Call<
    [address: Uint8Array, flags: number, errnoOut: Int32Array],
    number | [host: string, service: string]
  >;
  readonly gethostbyname: Call<[name: string], number | HostEntry>;
  readonly gethostbyaddr: Call<[address: Uint8Array, family: number], number | HostEntry>;
  readonly getservbyname: Call<[name: string, protocol: string | null]>;
  readonly getservbyport: Call<[port: number, protocol: string | null], string | null>;
  readonly inetPton: Call<[family: number, text: string, out: Uint8Array]>;
  readonly inetNtop: Call<[family: number, bytes: Uint8Array], number | string>;
  readonly inetAton: Call<[text: string, out: Uint8Array]>;
  readonly ifNameindex: Call<[], number | [index: number, name: string][]>;
  readonly ifNametoindex: Call<[name: string]>;
  readonly ifIndextoname: Call<[index: number], number | string>;
  readonly sethostname: Call<[name: string]>;
}

/** struct hostent: the name, its aliases, and its addresses as network-order bytes. */
export type HostEntry = [name: string, aliases: string[], addresses: Buffer[]];

/** A path below the package's folder, for `bindings`, which replaces the words 'module_root' and 'bindings'. */
const CHECKOUT_ADDON = ['module_root', 'build', 'Release', 'bindings'];
const PACKAGED_ADDON = ['module_root', 'prebuilds', `linux-${process.arch}-glibc`, 'bindings'];

function load(): Native {
  // Node may run dist/src/system/native.js or src/system/native.ts: the package's folder is three or two levels up.
  const here = fileURLToPath(new URL('.', import.meta.url));
  const root = fileURLToPath(
    new URL(/[/\\]dist[/\\]src[/\\]system[/\\]$/.test(here) ? '../../../' : '../../', import.meta.url),
  );
  try {
    if (process.platform !== 'linux') throw new Error(`the addon is built for Linux, not for ${process.platform}`);
    // To import the CommonJS module, or to look into its 13 folders, would take 2 ms longer.
    const load = createRequire(import.meta.url)('bindings') as typeof bindings;
    return load({ bindings: 'tripoll', module_root: root, try: [CHECKOUT_ADDON, PACKAGED_ADDON] }) as Native;
  } catch (cause) {
    const { platform, arch } = process;
    const isCheckout = existsSync(join(root, 'binding.gyp'));
    throw new Error(missingAddonSentence({ platform, arch, glibc: glibcVersion(), isCheckout }), { cause });
  }
}

function glibcVersion(): string | undefined {
  // Node reports the version of glibc, and nothing with another C library. The report takes some ms, so only an error makes it.
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime;
}

export const native: Native = load();
