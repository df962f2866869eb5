import { interestNames } from './event-names.ts';
import { Memory } from './memory.ts';
import { isForbidden, isGone, readProc } from './proc.ts';
import { int, parseSystemCall, type SystemCall } from './system-calls.ts';

/** An fd that a thread waits for. */
export interface WaitedFor {
  /** The fd. */
  readonly fd: number;
  /** 'r', 'rw' for select, 'IN OUT' for poll. */
  readonly events: string;
}

/** What a thread is waiting in. */
export interface Wait {
  /** Which kind of call. */
  readonly kind: 'select' | 'poll' | 'epoll';
  /** The system call in C's form, with sets and arrays read from the memory of the process. */
  readonly call: string;
  /** The fds; those of epoll are in its interest list. */
  readonly fds: readonly WaitedFor[];
  /** The epoll object. */
  readonly epfd?: number;
  /** The timeout in seconds, as it was when the wait began; `null` for none. */
  readonly timeoutSeconds: number | null;
}

/** A thread in a system call that waits for no set of fds. */
export interface OtherCall {
  /** The system call. */
  readonly name: string;
  /** It in C's form. */
  readonly call: string;
  /** The fd that it is about. */
  readonly fd?: number;
}

/** What the main thread of a process does: waits for fds, is in some other call, in none, or why we do not know. */
export type Doing = Wait | OtherCall | { readonly running: true } | { readonly unknown: string };

interface Timeout {
  readonly seconds: number | null;
  /** As in the call. */
  readonly text: string;
}

type Reader = (call: SystemCall, memory: Memory, pid: number) => Wait;

// poll takes no more than a process may have fds, which is no more than this, unless the administrator has raised fs.nr_open.
const MOST_FDS = 2 ** 20;
const POLLFD_BYTES = 8;
const ATTEMPTS = 5;
const NULL = 'NULL';

const readers: Readonly<Record<string, Reader>> = {
  select: (call, memory, pid) => selectWait(call, memory, fdTableSize(pid), 1e6),
  pselect6: (call, memory, pid) => selectWait(call, memory, fdTableSize(pid), 1e9),
  poll: (call, memory) => pollWait(call, memory, milliseconds(call.args[2]!)),
  ppoll: (call, memory) => pollWait(call, memory, interval(memory, call.args[2]!, 1e9)),
  epoll_wait: (call) => epollWait(call, milliseconds(call.args[3]!)),
  epoll_pwait: (call) => epollWait(call, milliseconds(call.args[3]!)),
  epoll_pwait2: (call, memory) => epollWait(call, interval(memory, call.args[3]!, 1e9)),
};

/**
 * What the main thread of a process does.
 * @param pid The process; the number of another thread of it does as well.
 * @returns What it does.
 */
export function doing(pid: number): Doing {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = readProc(pid, 'syscall');
      const result = decode(pid, before);
      // What was read belongs to the call only if the thread is in it still.
      if (readProc(pid, 'syscall') === before) return result;
    }
    return { running: true };
  } catch (error) {
    if (isForbidden(error)) return { unknown: 'only who may trace the process sees it: try as root' };
    if (isGone(error)) return { unknown: 'this kernel does not tell' };
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
    // The thread has gone on, and what the arguments point to is no longer there.
    return otherCall(call);
  } finally {
    memory.close();
  }
}

function otherCall({ name, fd }: SystemCall): OtherCall {
  return fd === undefined ? { name, call: `${name}(…)` } : { name, call: `${name}(${fd}, …)`, fd };
}

// As many fds as the table has room for: the kernel looks at no bit beyond, however large nfds is.
function fdTableSize(pid: number): number {
  return Number(/^FDSize:\s*(\d+)/m.exec(readProc(pid, 'status'))?.[1]);
}

function selectWait({ name, args }: SystemCall, memory: Memory, tableSize: number, unitsPerSecond: number): Wait {
  const nfds = int(args[0]!);
  const sets = args.slice(1, 4).map((address) => fdSet(memory, address, Math.min(nfds, tableSize)));
  const timeout = interval(memory, args[4]!, unitsPerSecond);
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

// A bitmap of longs, with the lowest byte first on the machines that tripoll runs on; no bit from `size` on counts.
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
  const table = nfds === 0 ? Buffer.alloc(0) : memory.read(args[0]!, Math.min(nfds, MOST_FDS) * POLLFD_BYTES);
  const fds = Array.from({ length: Math.floor(table.length / POLLFD_BYTES) }, (_, index) => ({
    fd: table.readInt32LE(index * POLLFD_BYTES),
    events: interestNames(table.readUInt16LE(index * POLLFD_BYTES + 4)),
  }));
  const list = fds.map(({ fd, events }) => `${fd} ${events}`).join(', ');
  const call = `${name}([${list}], ${nfds}, ${timeout.text})`;
  // poll skips negative ones.
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
function interval(memory: Memory, address: bigint, unitsPerSecond: number): Timeout {
  if (address === 0n) return { seconds: null, text: NULL };
  const bytes = memory.read(address, 16);
  const seconds = Number(bytes.readBigInt64LE(0)) + Number(bytes.readBigInt64LE(8)) / unitsPerSecond;
  return { seconds, text: `${rounded(seconds)} s` };
}

/**
 * Rounds for people.
 * @param seconds A time.
 * @returns It, with six digits.
 */
export function rounded(seconds: number): number {
  return Number(seconds.toPrecision(6));
}
