import { readFileSync } from 'node:fs';

/** A system call in the output of `strace -f -T -y`. */
export interface SystemCall {
  readonly name: string;
  readonly args: string;
  readonly seconds: number;
}

/**
 * Reads the calls that the first process of an output of `strace -f -T` made in its main thread. A call that another thread
 * interrupted in the output has two lines there; it is put together again.
 */
export function mainThreadCalls(path: string): SystemCall[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const pid = lines[0]!.split(' ')[0]!;
  const calls: SystemCall[] = [];
  let begun = '';
  for (const line of lines) {
    if (!line.startsWith(`${pid} `)) continue;
    const text = line.slice(pid.length).trim();
    const unfinished = /^(.*) <unfinished \.\.\.>$/.exec(text);
    if (unfinished !== null) {
      begun = unfinished[1]!;
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const call = /^(\w+)\((.*?)(?:<(\d+\.\d+)>)?$/.exec(resumed === null ? text : begun + resumed[1]!);
    if (call !== null) calls.push({ name: call[1]!, args: call[2]!, seconds: Number(call[3] ?? 0) });
  }
  return calls;
}
