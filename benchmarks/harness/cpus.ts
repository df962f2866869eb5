import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The CPU of the server and that of the load generator; none where they cannot have one each. */
export interface Cpus {
  readonly server?: number;
  readonly load?: number;
  /** Why they have none. */
  readonly warning?: string;
}

/** The first two CPUs that this process may use. */
export function chooseCpus(): Cpus {
  const [server, load] = allowed(/^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  if (server === undefined || load === undefined) {
    return { warning: 'one CPU only: server and load generator share it, and every figure suffers from that' };
  }
  if (spawnSync('taskset', ['--version']).status === 0) return { server, load };
  return {
    warning: 'taskset was not found: server and load generator may move between CPUs (Debian: apt install util-linux)',
  };
}

/** The numbers of a list as the kernel writes it: '0-2,5'. */
export function allowed(list = ''): number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return first === undefined ? [] : Array.from({ length: last! - first + 1 }, (_, i) => first + i);
  });
}
