import { readFileSync } from 'node:fs';

/** What cannot be explained, in a sentence for the user. */
export class ExplainError extends Error {}

// include/linux/sched.h
const PF_KTHREAD = 0x200000;

/** A process that is there. */
export interface ProcessStatus {
  /** Its command line, in one line; its name in brackets, where it has none. */
  readonly command: string;
  /** One letter: 'R' runs, 'S' sleeps, 'D' sleeps and takes no signal, 'T' stopped. */
  readonly state: string;
}

/**
 * Reads a file of /proc.
 * @param pid The process.
 * @param name The file, from its folder.
 * @param encoding Of its text.
 * @returns The text.
 * @throws {Error} ENOENT and ESRCH where the process or the file is not there, EACCES and EPERM where it is not ours.
 */
export function readProc(pid: number, name: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  return readFileSync(`/proc/${pid}/${name}`, encoding);
}

/**
 * Whether a failure says that a process, or what belongs to it, is no longer there.
 * @param error What was thrown.
 * @returns Whether it does.
 */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(codeOf(error));
}

/**
 * Whether a failure says that we may not look.
 * @param error What was thrown.
 * @returns Whether it does.
 */
export function isForbidden(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/**
 * Finds a process.
 * @param pid Its number.
 * @returns What it is.
 * @throws {ExplainError} Where there is none, or it has ended.
 * @see proc_pid_stat(5)
 */
export function processStatus(pid: number): ProcessStatus {
  try {
    // The name stands in parentheses, and may hold some.
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)/s.exec(readProc(pid, 'stat')) ?? [];
    const [state = '', , , , , , flags] = rest.split(' ');
    if ((Number(flags) & PF_KTHREAD) !== 0) {
      throw new ExplainError(`process ${pid} is a thread of the kernel, which has no fds: ${name}`);
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
 * Does something with the files of a process, whose errors become sentences.
 * @param pid The process.
 * @param action What to do.
 * @returns What it gives.
 * @throws {ExplainError} Where the process has ended, or is not ours to look at.
 */
export function withProcess<T>(pid: number, action: () => T): T {
  try {
    const result = action();
    // Files that were gone were taken for closed.
    if (isThere(pid)) return result;
  } catch (error) {
    if (isThere(pid) && !isGone(error)) throw isForbidden(error) ? forbidden(pid) : error;
  }
  throw new ExplainError(`process ${pid} has ended meanwhile`);
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
  return new ExplainError(`no permission to see the fds of process ${pid}: its owner has it, and root as a rule`);
}
