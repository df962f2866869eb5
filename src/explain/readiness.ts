import { release } from 'node:os';

import { type Row, run } from './run.ts';
import { type Group, groups } from './scenarios.ts';
import { outcomeText, stepText } from './step-text.ts';
import type { Measured } from './step.ts';

/** The kernel on which the expected values were measured. */
export const KNOWN_KERNEL = 'Linux 6.18';

export interface MeasuredGroup {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Returns the scenarios whose name, or whose group's title, matches a pattern. Groups without a match are omitted. */
export function matching(pattern = /(?:)/): Group[] {
  return groups
    .map(({ title, scenarios }) => ({
      title,
      scenarios: scenarios.filter(({ name }) => pattern.test(name) || pattern.test(title)),
    }))
    .filter(({ scenarios }) => scenarios.length > 0);
}

export function measureAll(chosen: readonly Group[]): MeasuredGroup[] {
  return chosen.map(({ title, scenarios }) => ({ title, rows: scenarios.map(run) }));
}

export function countDiffering(measured: readonly MeasuredGroup[]): number {
  return measured.flatMap(({ rows }) => rows).filter(({ differs }) => differs).length;
}

/** Describes the machine: 'Linux 6.18.44, x64'. */
export function machineText(): string {
  return `Linux ${/^[\d.]*\d/.exec(release())?.[0] ?? release()}, ${process.arch}`;
}

/** Converts the measurements to a value for JSON.stringify. */
export function readinessJson(measured: readonly MeasuredGroup[]): object {
  const scenarios = measured.flatMap(({ title, rows }) => rows.map((row) => ({ group: title, ...rowJson(row) })));
  return { machine: machineText(), known: KNOWN_KERNEL, scenarios };
}

function rowJson({ scenario, measured, failure, after, differs }: Row): object {
  return {
    name: scenario.name,
    ...(measured === undefined ? { failure } : fields(measured)),
    differs,
    expected: fields(scenario.expected),
    steps: scenario.steps.map(stepText),
    after: after.map(({ step, gave, expected }) => ({
      call: stepText(step),
      gave: outcomeText(gave),
      expected: outcomeText(expected),
    })),
  };
}

function fields([select, poll, mask0, epoll, epollMask0]: Measured): object {
  return { select, poll, pollMask0: mask0, epoll, epollMask0 };
}
