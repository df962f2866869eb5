import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

import { ccVersion } from './cc.ts';
import { root } from './paths.ts';
import type { Results } from './results.ts';

/** What a result depends on besides the code: part of the results file. */
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

// The fd limit that every child has: Node raises its own soft limit to the hard one, and children inherit it.
export function fdLimit(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(contents('/proc/self/limits'))?.[1];
  return limit === undefined || limit === 'unlimited' ? Infinity : Number(limit);
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

// '' where it cannot be read: a container may hide it.
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
