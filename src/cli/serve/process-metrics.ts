import { readdirSync, readFileSync } from 'node:fs';

import { counter, gauge, type Metric } from './exposition.ts';

/** The metrics of this process, with the names that Prometheus' client libraries give them. Files of /proc never wait. */
export function processMetrics(): Metric[] {
  const started = Date.now() / 1000 - process.uptime();
  return [
    counter('process_cpu_user_seconds_total', 'CPU time in user mode.', () => process.cpuUsage().user / 1e6),
    counter('process_cpu_system_seconds_total', 'CPU time in the kernel.', () => process.cpuUsage().system / 1e6),
    counter('process_cpu_seconds_total', 'CPU time.', () => cpuSeconds(process.cpuUsage())),
    gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => started),
    gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM.', () => process.memoryUsage.rss()),
    gauge('process_virtual_memory_bytes', 'Address space of the process.', () => virtualBytes()),
    gauge('process_open_fds', 'Open fds.', () => readdirSync('/proc/self/fd').length - 1),
    gauge('process_max_fds', 'The limit of open fds.', () => maxFds()),
    gauge(
      'nodejs_heap_size_used_bytes',
      "Memory of JavaScript's heap that is in use.",
      () => process.memoryUsage().heapUsed,
    ),
    gauge('nodejs_heap_size_total_bytes', "Memory of JavaScript's heap.", () => process.memoryUsage().heapTotal),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers and other objects outside the heap.', () => {
      return process.memoryUsage().external;
    }),
    gauge('nodejs_version_info', 'The version of Node.', () => ({ [process.version]: 1 }), 'version'),
  ];
}

function cpuSeconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

function virtualBytes(): number {
  return Number(/^VmSize:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

function maxFds(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === 'unlimited' ? Infinity : Number(limit);
}
