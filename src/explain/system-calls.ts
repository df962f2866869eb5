/**
 * The numbers of system calls that wait, on x64 and on arm64. -1 marks older calls that arm64 does not have.
 * @see arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux
 */
export const numbers: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  select: [23, -1],
  pselect6: [270, 72],
  poll: [7, -1],
  ppoll: [271, 73],
  epoll_wait: [232, -1],
  epoll_pwait: [281, 22],
  epoll_pwait2: [441, 441],
  read: [0, 63],
  readv: [19, 65],
  write: [1, 64],
  writev: [20, 66],
  accept: [43, 202],
  accept4: [288, 242],
  connect: [42, 203],
  recvfrom: [45, 207],
  recvmsg: [47, 212],
  sendto: [44, 206],
  sendmsg: [46, 211],
  flock: [73, 32],
  futex: [202, 98],
  wait4: [61, 260],
  waitid: [247, 95],
  nanosleep: [35, 101],
  clock_nanosleep: [230, 115],
  pause: [34, -1],
  rt_sigsuspend: [130, 133],
  rt_sigtimedwait: [128, 137],
  restart_syscall: [219, 128],
};

const byNumber = new Map(
  Object.entries(numbers)
    .map(([name, [x64, arm64]]) => [process.arch === 'arm64' ? arm64 : x64, name] as const)
    .filter(([number]) => number >= 0),
);

const takesFd = new Set(
  'read readv write writev accept accept4 connect recvfrom recvmsg sendto sendmsg flock'.split(' '),
);

/** A system call that a thread is in. */
export interface SystemCall {
  /** The C name; 'system call 999' if the call is not in the list above. */
  readonly name: string;
  /** The six arguments. */
  readonly args: readonly bigint[];
  /** The fd that the call works on, if it works on one. */
  readonly fd?: number;
}

/** Parses /proc/PID/syscall: proc_pid_syscall(5). Returns `undefined` if the thread is in no system call. */
export function parseSystemCall(text: string): SystemCall | undefined {
  const [number = '', ...words] = text.trim().split(' ');
  if (number === 'running' || number === '-1') return undefined;
  const name = byNumber.get(Number(number)) ?? `system call ${number}`;
  const args = words.slice(0, 6).map(BigInt);
  return takesFd.has(name) ? { name, args, fd: int(args[0]!) } : { name, args };
}

/** Converts a register to a C int. */
export function int(register: bigint): number {
  return Number(BigInt.asIntN(32, register));
}
