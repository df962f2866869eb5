import type { Cell, Driver, Results, Sample } from '../../../benchmarks/harness/results.ts';
import { type CellData, workload } from '../../../benchmarks/harness/workload.ts';

/** A driver that serves `echo`. */
export function fakeDriver(name: string, data: Partial<Driver> = {}): Driver {
  return { name, label: name, family: name, mechanism: 'epoll', roles: ['echo'], collects: false, ...data };
}

/** Cells of an invented workload. Each has other parameters than the others. */
export function fakeCells(...data: Partial<CellData>[]): readonly Cell[] {
  return workload(
    'made up',
    'Nothing.',
    data.map((cell, i) => ({ name: `cell ${i}`, role: 'echo', parameters: { i }, load: ['echo'], ...cell })),
  ).cells;
}

/** Results with invented CPU times a message, by cell and driver, one for each repetition. */
export function fakeResults(cpu: Record<string, Record<string, number[]>>, data: Partial<Results> = {}): Results {
  const cells = Object.keys(cpu).map((name) => ({ name, role: 'echo' as const, parameters: { name }, load: ['echo'] }));
  const samples = Object.entries(cpu).flatMap(([cell, drivers]) =>
    Object.entries(drivers).flatMap(([driver, values]) =>
      values.map((cpuMicrosecondsPerMessage, repetition): Sample => ({
        cell,
        driver,
        repetition,
        cpuMicrosecondsPerMessage,
      })),
    ),
  );
  return {
    version: 1,
    date: '2026-01-01T00:00:00.000Z',
    machine: { cpu: 'a CPU', cpus: '2', memory: '4 GiB', kernel: 'Linux 6', system: 'Debian' },
    versions: { node: '20.19.0' },
    limits: { RLIMIT_NOFILE: '20000' },
    congestionControl: 'cubic',
    options: { repetitions: 5, seconds: 1, extent: 'usual' },
    workloads: [{ name: 'made up', about: 'Nothing.' }],
    cells: workload('made up', 'Nothing.', cells).cells,
    drivers: [...new Set(Object.values(cpu).flatMap((drivers) => Object.keys(drivers)))].map((name) =>
      fakeDriver(name),
    ),
    samples,
    syscalls: [],
    ...data,
  };
}
