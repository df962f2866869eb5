import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

import { ccVersion } from './cc.ts';
import { root } from './paths.ts';
import type { Results } from './results.ts';

/** The facts besides the code that a result depends on; they are part of the results file. */
export function describeMachine(): Pick<Results, 'machine' | 'versions' | 'limits'> {
  const processors = cpus();
  return {
    machine: {
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cpus: String(processors.length),
      memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      kernel: `${type()} ${release()}`,
      system: /^PRETTY_NAME="?(.*?)"?$/m.exec(contents('/etc/os-release'))?.[1] ?? 'unknown',
    },
    versions: versions(),
    limits: limits(),
  };
}

/** The fd limit of every child: Node raises its own soft limit to the hard one, and children inherit it. */
export function fdLimit(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(contents('/proc/self/limits'))?.[1];
  return limit === undefined || limit === 'unlimited' ? Infinity : Number(limit);
}

/** The CPUs of the server and of the load generator. Both are absent when they cannot have one each. */
export interface Cpus {
  readonly server?: number;
  readonly load?: number;
  /** Why there are none. */
  readonly warning?: string;
}

/** The first two CPUs that this process may use. */
export function chooseCpus(): Cpus {
  const [server, load] = allowedCpus(
    /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1],
  );
  if (server === undefined || load === undefined) {
    return {
      warning: 'there is only one CPU: the server and the load generator share it, and no figure can be trusted',
    };
  }
  if (spawnSync('taskset', ['--version']).status === 0) return { server, load };
  return {
    warning:
      'taskset was not found, so the server and the load generator may move between CPUs (Debian: apt install util-linux)',
  };
}

/** Reads a list of CPUs as the kernel writes it: '0-2,5'. */
export function allowedCpus(list = ''): number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return first === undefined ? [] : Array.from({ length: last! - first + 1 }, (_, i) => first + i);
  });
}

function versions(): Record<string, string> {
  const tripoll = JSON.parse(contents(join(root, 'package.json'))) as { version: string };
  return present({
    tripoll: tripoll.version,
    node: process.versions.node,
    v8: process.versions.v8,
    libuv: process.versions.uv,
    python: output('python3', '--version')?.replace('Python ', ''),
    uvloop: output('python3', '-c', 'import uvloop; print(uvloop.__version__)'),
    cc: ccVersion(),
    strace: output('strace', '--version')?.split('\n')[0]?.replace('strace -- version ', ''),
  });
}

function limits(): Record<string, string> {
  const files = [
    'core/somaxconn',
    'ipv4/tcp_rmem',
    'ipv4/tcp_wmem',
    'ipv4/ip_local_port_range',
    'ipv4/tcp_max_syn_backlog',
  ];
  const settings = files.map((file) => [`net/${file}`, contents(`/proc/sys/net/${file}`).trim().replaceAll('\t', ' ')]);
  return { RLIMIT_NOFILE: String(fdLimit()), ...(Object.fromEntries(settings) as Record<string, string>) };
}

// Empty when the file cannot be read, because a container may hide it.
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function output(program: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function present(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
