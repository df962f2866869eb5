// What else the machine did during a run. It decides which samples are measured again, and never looks at their figures.
import { readdirSync, readFileSync } from 'node:fs';

import { percent } from './numbers.ts';
import type { Disturbance, Results } from './results.ts';

/** In shares of one CPU. More than this can change a figure by more than the differences between drivers. */
export const MAX_STOLEN = 0.02;
export const MAX_OTHERS = 0.1;

// The unit of the times in /proc; Linux shows it as 100 a second on all its platforms.
const TICKS_A_SECOND = 100;
// Fields of /proc/PID/stat after the name: utime, stime, cutime and cstime. proc_pid_stat(5)
const FIRST_TIME = 11;
const TIMES = 4;
// The field of /proc/stat after the name of the CPU. proc_stat(5)
const STEAL = 7;

/** The times so far, at one moment. */
interface Moment {
  readonly seconds: number;
  readonly stolenSeconds: number;
  readonly othersSeconds: number;
}

/** Starts to watch the machine; the returned function ends that. No child of this process may run at these two moments. */
export function watchMachine(): () => Disturbance {
  const before = now();
  return () => disturbanceBetween(before, now(), readFileSync('/proc/cpuinfo', 'utf8'));
}

export function disturbanceBetween(before: Moment, after: Moment, cpuinfo: string): Disturbance {
  const seconds = after.seconds - before.seconds;
  const share = (grown: number): number => Math.max(0, grown) / seconds;
  const megahertz = [...cpuinfo.matchAll(/^cpu MHz\s*:\s*([\d.]+)$/gm)].map(([, value]) => Number(value));
  return {
    stolen: share(after.stolenSeconds - before.stolenSeconds),
    others: share(after.othersSeconds - before.othersSeconds),
    ...(megahertz.length > 0 ? { megahertz: megahertz.reduce((sum, value) => sum + value) / megahertz.length } : {}),
  };
}

/** How much a run was disturbed: above 1 its sample is marked and measured again. */
export function severityOf(disturbance: Disturbance | undefined): number {
  if (!disturbance) return 0;
  return Math.max(disturbance.stolen / MAX_STOLEN, disturbance.others / MAX_OTHERS);
}

/** Sentences about the runs in which the machine was not quiet. */
export function disturbanceTexts({ samples, replaced = [] }: Results): string[] {
  const known = samples.flatMap(({ disturbance }) => disturbance ?? []);
  const disturbed = known.filter((disturbance) => severityOf(disturbance) > 1);
  const made =
    replaced.length > 0
      ? [`${replaced.length} disturbed ${replaced.length === 1 ? 'run was' : 'runs were'} made again and replaced.`]
      : [];
  if (disturbed.length === 0) return made;
  const most = (name: 'stolen' | 'others') => Math.max(...disturbed.map((disturbance) => disturbance[name]));
  return [
    ...made,
    `WARNING: ${disturbed.length} of ${known.length} runs were disturbed: another virtual machine took more than ` +
      `${percent(MAX_STOLEN)} of a CPU (at most ${percent(most('stolen'))}), or other programs used more than ` +
      `${percent(MAX_OTHERS)} (at most ${percent(most('others'))}).`,
  ];
}

function now(): Moment {
  return {
    seconds: performance.now() / 1e3,
    stolenSeconds: stolenSeconds(readFileSync('/proc/stat', 'utf8')),
    othersSeconds: othersSeconds(processes(), process.pid),
  };
}

/** The time in which this machine was ready to run and another virtual machine ran, of all CPUs. */
export function stolenSeconds(stat: string): number {
  const fields = stat.split('\n', 1)[0]!.trim().split(/\s+/).slice(1);
  return Number(fields[STEAL] ?? 0) / TICKS_A_SECOND;
}

/**
 * The CPU time of all processes but one, with their children that have ended. A process that ends between two moments hands its
 * time to its parent, so the sum keeps it.
 */
export function othersSeconds(stats: readonly string[], own: number): number {
  const ticks = stats
    .filter((stat) => Number.parseInt(stat) !== own)
    .map((stat) => {
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.slice(FIRST_TIME, FIRST_TIME + TIMES).reduce((sum, field) => sum + Number(field), 0);
    });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

// The contents of /proc/PID/stat. A process may end at any time.
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/stat`, 'utf8')];
      } catch {
        return [];
      }
    });
}
