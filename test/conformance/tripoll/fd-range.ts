import * as sys from '../../../src/sys.ts';

// In both runners, a scenario's fds are the lowest free ones from here on. They can then be told from other numbers in
// results and messages, both sides reuse closed numbers in the same order, and closing a wrong number does no harm.
const FIRST_FD = 600;
const COUNT = 100;

/** Occupies all fds below those of the scenarios. Call it after the process has opened its own files. */
export function occupyLowFds(): void {
  const fd = sys.eventfd(0, sys.EFD_CLOEXEC);
  while (sys.fcntl(fd, sys.F_DUPFD_CLOEXEC, 0) < FIRST_FD - 1);
}

export function isScenarioFd(value: number): boolean {
  return value >= FIRST_FD && value < FIRST_FD + COUNT && Number.isInteger(value);
}

/** Closes the fds that a scenario has left open. */
export function closeScenarioFds(): void {
  for (let fd = FIRST_FD; fd < FIRST_FD + COUNT; fd++) sys.close(fd);
}
