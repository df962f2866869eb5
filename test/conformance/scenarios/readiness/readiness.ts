import { error, type Outcome } from '../../outcome.ts';
import type { Check, Scenario, Step } from '../../scenario.ts';

/** A row of the table of what is ready when. */
export interface Readiness {
  name: string;
  steps: Step[];
  /** What the last step fails with. */
  fails?: string;
  /** What is measured. */
  target: string;
  expected: Outcome;
  after?: Check[];
}

/**
 * What is expected, as the table writes it.
 * @param select By `select`: 'rwx', with '-' for what is not ready.
 * @param poll By `poll` with interest in IN, PRI, OUT and RDHUP: events without their prefix, 'IN OUT'.
 * @param mask0 The same, with interest in nothing.
 * @param epoll The errno where epoll takes no such file; else it reports the same bits as poll.
 * @returns The outcome of the operation `measure`.
 */
export function ready(select: string, poll: string, mask0 = '', epoll?: string): Outcome {
  return [select, poll, mask0, epoll ?? poll, epoll ?? mask0];
}

/** Makes a scenario of a row. */
export function measuring({ name, steps, fails, target, expected, after = [] }: Readiness): Scenario {
  const failing: Check[] = fails === undefined ? [] : [[steps.at(-1)!, error(fails)]];
  const begin = fails === undefined ? steps : steps.slice(0, -1);
  return { name, steps: begin, checks: [...failing, [['measure', target], expected], ...after] };
}
