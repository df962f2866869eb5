import { type Descriptor, descriptorsOf } from './descriptors.ts';
import { measure } from './measure.ts';
import { ExplainError, processStatus, type ProcessStatus, withProcess } from './proc.ts';
import type { Measured } from './step.ts';
import { type Doing, doing } from './wait.ts';

/** An fd, and what is waited for. */
export interface WaitedDescriptor extends Descriptor {
  /** What the main thread waits for of it: 'r', 'IN OUT'; '' for nothing. */
  readonly waitedFor: string;
}

/** A process, explained. */
export interface ProcessReport extends ProcessStatus {
  /** Its number. */
  readonly pid: number;
  /** What its main thread does. */
  readonly doing: Doing;
  /** Its fds. */
  readonly fds: readonly WaitedDescriptor[];
}

/** An fd of ours, explained. */
export interface FdReport extends Descriptor {
  /** What select, poll and epoll say now. */
  readonly ready: Measured;
}

/**
 * Explains a process.
 * @param pid Its number.
 * @param fd The fd to look at; all, where it is left out.
 * @returns What it is, does and has open.
 * @throws {ExplainError} Where it is not there, ends meanwhile, is not ours to look at, or has no such fd.
 */
export function explainProcess(pid: number, fd?: number): ProcessReport {
  const status = processStatus(pid);
  const [activity, all] = withProcess(pid, () => [doing(pid), descriptorsOf(pid)] as const);
  const waitedFor = waitedForIn(activity, all);
  const fds = all.map((each) => ({ ...each, waitedFor: waitedFor.get(each.fd) ?? '' }));
  const chosen = fds.filter((each) => fd === undefined || each.fd === fd);
  if (fd !== undefined && chosen.length === 0) {
    const open = all.map((each) => each.fd).join(' ');
    throw new ExplainError(`process ${pid} has no fd ${fd}; it has ${open === '' ? 'none' : open}`);
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

/**
 * Explains an fd of this process, as one that a shell has opened for it: `3<file`.
 * @param fd The fd.
 * @returns What it is, and what is ready.
 * @throws {ExplainError} Where it is not open.
 */
export function explainFd(fd: number): FdReport {
  const [descriptor] = withProcess(process.pid, () => descriptorsOf(process.pid, fd));
  if (descriptor === undefined) {
    throw new ExplainError(`fd ${fd} is not open: the shell can open it, as in tripoll explain --fd ${fd} ${fd}<file`);
  }
  return { ...descriptor, ready: measure(fd) };
}
