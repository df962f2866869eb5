import * as sys from '../../../src/sys.ts';

// A scenario's fds are the lowest free ones from here on, in both runners. So they are told from other numbers in
// results and messages, what is closed is used again alike on both sides, and closing a wrong number hurts nobody.
const FIRST_FD = 600;
const COUNT = 100;

/** Occupies all fds below the scenarios'. Call it when the process has opened what it needs. */
export function occupyLowFds(): void {
  const fd = sys.eventfd(0, sys.EFD_CLOEXEC);
  while (sys.fcntl(fd, sys.F_DUPFD_CLOEXEC, 0) < FIRST_FD - 1);
}

export function isScenarioFd(value: number): boolean {
  return value >= FIRST_FD && value < FIRST_FD + COUNT && Number.isInteger(value);
}

/** Closes what a scenario has left open. */
export function closeScenarioFds(): void {
  for (let fd = FIRST_FD; fd < FIRST_FD + COUNT; fd++) sys.close(fd);
}
