import { type Descriptor, descriptorsOf } from './descriptors.ts';
import { measure } from './measure.ts';
import { ExplainError, processStatus, type ProcessStatus, withProcess } from './proc.ts';
import type { Measured } from './step.ts';
import { type Doing, doing } from './wait.ts';

export interface WaitedDescriptor extends Descriptor {
  /** The events that the main thread waits for on this fd: 'r', 'IN OUT'; '' if it waits for none. */
  readonly waitedFor: string;
}

export interface ProcessReport extends ProcessStatus {
  readonly pid: number;
  /** What the main thread of the process is doing. */
  readonly doing: Doing;
  readonly fds: readonly WaitedDescriptor[];
}

/** An fd of this process, explained. */
export interface FdReport extends Descriptor {
  /** The events that select, poll and epoll report now. */
  readonly ready: Measured;
}

/** Explains a process and its open fds, or only one of its fds. Throws an ExplainError if that is not possible. */
export function explainProcess(pid: number, fd?: number): ProcessReport {
  const status = processStatus(pid);
  const [activity, all] = withProcess(pid, () => [doing(pid), descriptorsOf(pid)] as const);
  const waitedFor = waitedForIn(activity, all);
  const fds = all.map((each) => ({ ...each, waitedFor: waitedFor.get(each.fd) ?? '' }));
  const chosen = fds.filter((each) => fd === undefined || each.fd === fd);
  if (fd !== undefined && chosen.length === 0) {
    const open = all.map((each) => each.fd).join(' ');
    throw new ExplainError(`process ${pid} has no fd ${fd}; it has ${open === '' ? 'no open fds' : `the fds ${open}`}`);
  }
  return { pid, ...status, doing: activity, fds: chosen };
}

function waitedForIn(activity: Doing, all: readonly Descriptor[]): Map<number, string> {
  if ('name' in activity) return new Map(activity.fd === undefined ? [] : [[activity.fd, activity.name]]);
  if (!('kind' in activity)) return new Map();
  const { epfd, fds } = activity;
  const interest = all.find((each) => each.fd === epfd)?.interest ?? [];
  return new Map([...fds, ...interest].map(({ fd, events }) => [fd, events]));
}

/** Explains an fd of this process, such as one that a shell has opened for it: `3<file`. */
export function explainFd(fd: number): FdReport {
  const [descriptor] = withProcess(process.pid, () => descriptorsOf(process.pid, fd));
  if (descriptor === undefined) {
    throw new ExplainError(`fd ${fd} is not open: the shell can open it, as in tripoll explain --fd ${fd} ${fd}<file`);
  }
  return { ...descriptor, ready: measure(fd) };
}
