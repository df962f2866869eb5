import { interestNames } from './event-names.ts';
import { Memory } from './memory.ts';
import { isForbidden, isGone, readProc } from './proc.ts';
import { int, parseSystemCall, type SystemCall } from './system-calls.ts';

export interface WaitedFor {
  readonly fd: number;
  /** 'r' or 'rw' for select, 'IN OUT' for poll. */
  readonly events: string;
}

/** A thread that waits for fds. */
export interface Wait {
  readonly kind: 'select' | 'poll' | 'epoll';
  /** The system call in C's notation. Sets and arrays are read from the memory of the process. */
  readonly call: string;
  /** The fds; empty for epoll, whose fds are in its interest list. */
  readonly fds: readonly WaitedFor[];
  readonly epfd?: number;
  /** The timeout of the call in seconds, not the time that remains; `null` if there is none. */
  readonly timeoutSeconds: number | null;
}

/** A thread in a system call that does not wait for a set of fds. */
export interface OtherCall {
  readonly name: string;
  /** The system call in C's notation. */
  readonly call: string;
  /** The fd that the call works on. */
  readonly fd?: number;
}

/**
 * What the main thread of a process is doing: it waits for fds, is in another system call, is in none, or we cannot see
 * it.
 */
export type Doing = Wait | OtherCall | { readonly running: true } | { readonly unknown: string };

interface Timeout {
  readonly seconds: number | null;
  /** As in the call. */
  readonly text: string;
}

type Reader = (call: SystemCall, memory: Memory, pid: number) => Wait;

// poll accepts at most as many fds as a process may open; that is no more than this, unless fs.nr_open was raised.
const MAX_FDS = 2 ** 20;
const POLLFD_BYTES = 8;
const ATTEMPTS = 5;
const NULL = 'NULL';

const readers: Readonly<Record<string, Reader>> = {
  select: (call, memory, pid) => selectWait(call, memory, fdTableSize(pid), 1e6),
  pselect6: (call, memory, pid) => selectWait(call, memory, fdTableSize(pid), 1e9),
  poll: (call, memory) => pollWait(call, memory, milliseconds(call.args[2]!)),
  ppoll: (call, memory) => pollWait(call, memory, durationAt(memory, call.args[2]!, 1e9)),
  epoll_wait: (call) => epollWait(call, milliseconds(call.args[3]!)),
  epoll_pwait: (call) => epollWait(call, milliseconds(call.args[3]!)),
  epoll_pwait2: (call, memory) => epollWait(call, durationAt(memory, call.args[3]!, 1e9)),
};

/** Returns what the main thread of a process is doing. `pid` may also be the number of another thread. */
export function doing(pid: number): Doing {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = readProc(pid, 'syscall');
      const result = decode(pid, before);
      // The memory that was read belongs to the call only if the thread is still in it.
      if (readProc(pid, 'syscall') === before) return result;
    }
    return { running: true };
  } catch (error) {
    if (isForbidden(error)) return { unknown: 'only a user who may trace the process can see it: try as root' };
    if (isGone(error)) return { unknown: 'this kernel does not show it' };
    throw error;
  }
}

function decode(pid: number, text: string): Doing {
  const call = parseSystemCall(text);
  if (call === undefined) return { running: true };
  const reader = readers[call.name];
  if (reader === undefined) return otherCall(call);
  const memory = new Memory(pid);
  try {
    return reader(call, memory, pid);
  } catch {
    // The thread has left the call, and the memory of its arguments is gone.
    return otherCall(call);
  } finally {
    memory.close();
  }
}

function otherCall({ name, fd }: SystemCall): OtherCall {
  return fd === undefined ? { name, call: `${name}(…)` } : { name, call: `${name}(${fd}, …)`, fd };
}

// The size of the process's fd table: the kernel ignores all bits beyond it, however large nfds is.
function fdTableSize(pid: number): number {
  return Number(/^FDSize:\s*(\d+)/m.exec(readProc(pid, 'status'))?.[1]);
}

function selectWait({ name, args }: SystemCall, memory: Memory, tableSize: number, unitsPerSecond: number): Wait {
  const nfds = int(args[0]!);
  const sets = args.slice(1, 4).map((address) => fdSet(memory, address, Math.min(nfds, tableSize)));
  const timeout = durationAt(memory, args[4]!, unitsPerSecond);
  const fds = waitedForIn(sets);
  const texts = sets.map((set) => (set === undefined ? NULL : `[${set.join(' ')}]`));
  const call = `${name}(${nfds}, ${texts.join(', ')}, ${timeout.text})`;
  return { kind: 'select', call, fds, timeoutSeconds: timeout.seconds };
}

function waitedForIn(sets: readonly (readonly number[] | undefined)[]): WaitedFor[] {
  const letters = new Map<number, string>();
  for (const [index, set] of sets.entries()) {
    for (const fd of set ?? []) letters.set(fd, `${letters.get(fd) ?? ''}${'rwx'.charAt(index)}`);
  }
  return Array.from(letters, ([fd, events]) => ({ fd, events })).sort((one, other) => one.fd - other.fd);
}

// A bitmap of longs; the lowest byte comes first on all supported machines. Bits from `size` on do not count.
function fdSet(memory: Memory, address: bigint, size: number): number[] | undefined {
  if (address === 0n) return undefined;
  const bits = memory.read(address, Math.ceil(Math.max(size, 0) / 8));
  return Array.from({ length: Math.min(size, bits.length * 8) }, (_, fd) => fd).filter(
    (fd) => ((bits[fd >> 3]! >> (fd & 7)) & 1) === 1,
  );
}

// struct pollfd: int fd, short events, short revents.
function pollWait({ name, args }: SystemCall, memory: Memory, timeout: Timeout): Wait {
  const nfds = int(args[1]!);
  const table = nfds === 0 ? Buffer.alloc(0) : memory.read(args[0]!, Math.min(nfds, MAX_FDS) * POLLFD_BYTES);
  const fds = Array.from({ length: Math.floor(table.length / POLLFD_BYTES) }, (_, index) => ({
    fd: table.readInt32LE(index * POLLFD_BYTES),
    events: interestNames(table.readUInt16LE(index * POLLFD_BYTES + 4)),
  }));
  const list = fds.map(({ fd, events }) => `${fd} ${events}`).join(', ');
  const call = `${name}([${list}], ${nfds}, ${timeout.text})`;
  // poll ignores negative fds.
  return { kind: 'poll', call, fds: fds.filter(({ fd }) => fd >= 0), timeoutSeconds: timeout.seconds };
}

function epollWait({ name, args }: SystemCall, timeout: Timeout): Wait {
  const epfd = int(args[0]!);
  const call = `${name}(${epfd}, …, ${int(args[2]!)}, ${timeout.text})`;
  return { kind: 'epoll', call, fds: [], epfd, timeoutSeconds: timeout.seconds };
}

function milliseconds(register: bigint): Timeout {
  const value = int(register);
  return value < 0 ? { seconds: null, text: String(value) } : { seconds: value / 1e3, text: `${value} ms` };
}

// struct timeval and struct timespec: two longs.
function durationAt(memory: Memory, address: bigint, unitsPerSecond: number): Timeout {
  if (address === 0n) return { seconds: null, text: NULL };
  const bytes = memory.read(address, 16);
  const seconds = Number(bytes.readBigInt64LE(0)) + Number(bytes.readBigInt64LE(8)) / unitsPerSecond;
  return { seconds, text: `${rounded(seconds)} s` };
}

/** Rounds a time to six digits. */
export function rounded(seconds: number): number {
  return Number(seconds.toPrecision(6));
}
