import * as constants from '../../src/constants/select.ts';
import { OSError } from '../../src/errors.ts';
import { epoll, select } from '../../src/select.ts';
import { perform } from './operations.ts';
import type { Result, Scenario } from './scenario.ts';
import { bits, pollOnce, World } from './world.ts';

// The order in which the table writes the bits, then those that it does not mention.
const EVENTS = 'IN PRI OUT ERR HUP NVAL RDHUP RDNORM RDBAND WRNORM WRBAND MSG'.split(' ').map((name) => `POLL${name}`);
const INTEREST = constants.POLLIN | constants.POLLPRI | constants.POLLOUT | constants.POLLRDHUP;

/**
 * Runs a scenario on tripoll.
 * @param scenario The scenario.
 * @returns What its steps gave, and what was ready after them.
 */
export function run(scenario: Scenario): Result {
  const world = new World();
  try {
    const steps = scenario.steps.map((step) => perform(world, step));
    const fd = world.fd(scenario.target);
    return {
      steps,
      select: bySelect(fd),
      poll: eventNames(pollOnce(fd, INTEREST, 0)),
      mask0: eventNames(pollOnce(fd, 0, 0)),
      epoll: byEpoll(fd, INTEREST),
      epollMask0: byEpoll(fd, 0),
      after: (scenario.after ?? []).map(([step]) => perform(world, step)),
    };
  } finally {
    world.end();
  }
}

function bySelect(fd: number): string {
  const sets = select([fd], [fd], [fd], 0);
  return sets.map((set, index) => (set.length === 0 ? '-' : 'rwx'.charAt(index))).join('');
}

function byEpoll(fd: number, mask: number): string[] | string {
  const poller = epoll();
  try {
    poller.register(fd, mask);
    return eventNames(poller.poll(0)[0]?.[1] ?? 0);
  } catch (error) {
    if (error instanceof OSError && error.code !== undefined) return error.code;
    throw error;
  } finally {
    poller.close();
  }
}

function eventNames(events: number): string[] {
  return EVENTS.filter((name) => (events & bits([name])) !== 0);
}
