import { readFileSync } from 'node:fs';

/** A sentence for the user that says why something cannot be explained. */
export class ExplainError extends Error {}

// include/linux/sched.h
const PF_KTHREAD = 0x200000;

export interface ProcessStatus {
  /** The command line, in one line; the name in brackets if there is none. */
  readonly command: string;
  /** One letter: 'R' runs, 'S' sleeps, 'D' sleeps and cannot be interrupted, 'T' is stopped. */
  readonly state: string;
}

/**
 * Reads a file below /proc/PID. Fails with ENOENT or ESRCH if the process or the file does not exist, and with EACCES
 * or EPERM if this process may not read it.
 */
export function readProc(pid: number, name: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  return readFileSync(`/proc/${pid}/${name}`, encoding);
}

/** Returns true if an error says that a process, or something that belongs to it, no longer exists. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(codeOf(error));
}

/** Returns true if an error says that this process may not look. */
export function isForbidden(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Reads /proc/PID/stat: proc_pid_stat(5). Throws an ExplainError if the process does not exist or has ended. */
export function processStatus(pid: number): ProcessStatus {
  try {
    // The name is in parentheses, and may itself contain some.
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)/s.exec(readProc(pid, 'stat')) ?? [];
    const [state = '', , , , , , flags] = rest.split(' ');
    if ((Number(flags) & PF_KTHREAD) !== 0) {
      throw new ExplainError(`process ${pid} is a thread of the kernel (${name}), which has no fds`);
    }
    if (state === 'Z') {
      throw new ExplainError(`process ${pid} has ended, and its parent has not yet asked for its exit code`);
    }
    const command = readProc(pid, 'cmdline').split('\0').join(' ').replace(/\s+/g, ' ').trim();
    return { command: command === '' ? `[${name}]` : command, state };
  } catch (error) {
    if (isGone(error)) throw new ExplainError(`there is no process ${pid}`);
    throw error;
  }
}

/**
 * Runs an action that reads files of a process. Throws an ExplainError if the process has ended, or if this process may
 * not read its files.
 */
export function withProcess<T>(pid: number, action: () => T): T {
  try {
    const result = action();
    // If the process has ended, the action may have mistaken files that are gone for closed fds.
    if (isThere(pid)) return result;
  } catch (error) {
    if (isThere(pid) && !isGone(error)) throw isForbidden(error) ? forbidden(pid) : error;
  }
  throw new ExplainError(`process ${pid} ended while tripoll looked at it`);
}

function isThere(pid: number): boolean {
  try {
    processStatus(pid);
    return true;
  } catch (error) {
    if (error instanceof ExplainError) return false;
    throw error;
  }
}

// Root in a container may lack CAP_SYS_PTRACE.
function forbidden(pid: number): ExplainError {
  return new ExplainError(
    `no permission to see the fds of process ${pid}: only its owner and, usually, root may see them`,
  );
}
