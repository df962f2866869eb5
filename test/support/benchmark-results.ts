import type {
  Cell,
  Driver,
  Latency,
  Results,
  Role,
  Sample,
  SyscallCount,
  WaitCount,
} from '../../benchmarks/harness/results.ts';

const mechanisms = ['select', 'poll', 'epoll'] as const;
const served: Role[] = ['echo', 'reply', 'lines', 'collect', 'urgent', 'crowd'];

/** [family, label, mechanisms, µs a message, roles besides those that all drivers have] */
const families: [string, (mechanism: string) => string, readonly Driver['mechanism'][], number, Role[]][] = [
  ['C', (mechanism) => `C, ${mechanism}`, mechanisms, 5, ['call']],
  ['node:net', () => 'node:net', ['epoll'], 9.5, []],
  ['Python', (mechanism) => `Python, ${mechanism}`, ['select'], 14, ['call']],
  ['Python', () => 'Python, selectors', ['epoll'], 16, []],
  ['Python', () => 'Python, asyncio', ['epoll'], 38, []],
  ['tripoll', (mechanism) => `tripoll, ${mechanism}`, mechanisms, 5.6, ['call', 'batch']],
  ['tripoll blocking', (mechanism) => `tripoll, ${mechanism}, blocking`, ['epoll'], 5.4, []],
  ['tripoll sys', (mechanism) => `tripoll/sys, ${mechanism}`, ['epoll'], 5.2, []],
];

const costs = new Map<string, number>();
const drivers: Driver[] = [
  ...families.flatMap(([family, label, some, cost, roles]) =>
    some.map((mechanism) => {
      const name = label(mechanism).replace(/\W+/g, '-').toLowerCase();
      costs.set(name, cost);
      return { name, label: label(mechanism), family, mechanism, roles: [...served, ...roles], collects: false };
    }),
  ),
  {
    name: 'python-uvloop',
    label: 'Python, uvloop',
    family: 'Python',
    mechanism: 'epoll',
    roles: served,
    collects: false,
    missing: 'python3-uvloop is not installed',
  },
];

function cell(workload: string, name: string, parameters: Cell['parameters'], rest: Partial<Cell> = {}): Cell {
  return {
    workload,
    name,
    parameters,
    role: 'echo',
    kind: 'load',
    load: [],
    countsSyscalls: false,
    extent: 'usual',
    comparesMechanisms: false,
    ...rest,
  };
}

const cells: Cell[] = [
  ...[1, 1000].map((connections) =>
    cell('echo', `echo, ${connections} connections, 64 B`, { connections, size: 64 }, { countsSyscalls: true }),
  ),
  ...(
    [
      ['lines', ''],
      ['batch', ', a batch a turn'],
    ] as const
  ).map(([role, suffix]) =>
    cell('lines', `lines, 100 senders, 16 a write, 64 B${suffix}`, { connections: 100, batch: 16 }, { role }),
  ),
  ...[0, 8000].map((idle) =>
    cell('idle clients', `echo, 64 active among ${idle} idle, 64 B`, { connections: 64, idle }),
  ),
  ...[5000, 40_000, 100_000].map((rate) =>
    cell('open loop', `open loop, ${rate} a second, 64 connections, 64 B`, { connections: 64, rate }),
  ),
  ...['nothing', 'everything'].map((reads) =>
    cell('crowd', `crowd, 300 clients read ${reads}, 2 B`, { connections: 300, reads, size: 2 }, { role: 'crowd' }),
  ),
  cell('wake-up', 'wake-up, 1 connection, 100 a second, 64 B', { connections: 1, rate: 100 }),
  cell('memory', 'memory, 8000 idle connections', { connections: 8000 }, { kind: 'memory' }),
  ...['r', 'rx'].flatMap((form) =>
    [10, 450].map((sockets) => {
      const some = form === 'r' ? {} : { mechanisms: ['select', 'poll'] as const };
      return cell(
        'one call',
        `one call, ${sockets} sockets, ${form}`,
        { form, sockets },
        { role: 'call', kind: 'call', ...some },
      );
    }),
  ),
];

/** Invented results with all kinds of cells and families. They are the same at each call. */
export function inventedResults(repetitions = 5): Results {
  const random = randomNumbers();
  const samples: Sample[] = [];
  const syscalls: SyscallCount[] = [];
  const waits: WaitCount[] = [];
  for (const one of cells) {
    for (const driver of drivers.filter((candidate) => runs(candidate, one))) {
      for (let repetition = 0; repetition < repetitions; repetition++) {
        samples.push({ cell: one.name, driver: driver.name, repetition, ...figuresOf(one, driver, random) });
      }
      if (one.countsSyscalls) {
        syscalls.push(syscallsOf(one, driver));
        waits.push({ cell: one.name, driver: driver.name, messages: 1000, waits: 150, found: 1100 });
      }
    }
  }
  const about = 'What it shows, in one sentence.';
  return {
    version: 1,
    date: '2026-01-02T03:04:05.678Z',
    commit: '0123456789abcdef-dirty',
    machine: { cpu: 'An Invented CPU @ 2.50GHz', cpus: '2 CPUs', memory: '8 GB', kernel: '6.1.0', system: 'Debian 12' },
    versions: { tripoll: '0.1.0', node: '20.20.2', python: '3.11.7', cc: 'gcc 12.2.0' },
    limits: { RLIMIT_NOFILE: '1048576', somaxconn: '4096' },
    congestionControl: 'cubic',
    options: { repetitions, seconds: 3, extent: 'usual' },
    workloads: [...new Set(cells.map(({ workload }) => workload))].map((name) => ({ name, about })),
    cells,
    drivers,
    samples,
    syscalls,
    waits,
  };
}

function runs(driver: Driver, { role, mechanisms: some, parameters }: Cell): boolean {
  const tooMany = driver.label === 'Python, select' && Number(parameters.idle ?? 0) > 1000;
  return !driver.missing && !tooMany && driver.roles.includes(role) && (some?.includes(driver.mechanism) ?? true);
}

function figuresOf({ kind, role, parameters }: Cell, driver: Driver, random: () => number): Partial<Sample> {
  const base = costs.get(driver.name)! * (0.96 + 0.08 * random());
  const perIdle = { select: 0.012, poll: 0.008, epoll: 0 }[driver.mechanism];
  if (kind === 'memory') return { bytesPerConnection: base * 100 };
  if (kind === 'call') {
    const sockets = Number(parameters.sockets);
    const scanned = driver.mechanism === 'epoll' ? 0 : sockets * 0.02 * String(parameters.form).length;
    return { cpuMicrosecondsPerCall: (0.4 + scanned) * (base / 5) };
  }
  const cpu = base * (role === 'lines' ? 0.2 : role === 'batch' ? 0.1 : 1) + perIdle * Number(parameters.idle ?? 0);
  const most = 1e6 / cpu;
  const rate = typeof parameters.rate === 'number' ? parameters.rate : Infinity;
  const messagesPerSecond = Math.min(most, rate);
  const closed = 30 + cpu * Number(parameters.connections);
  const waiting =
    rate === Infinity
      ? closed
      : rate > most
        ? 5e5
        : 30 + (cpu * 8) / Math.max(0.03, 1 - Math.min(rate, most * 0.8) / most);
  const measured = { seconds: 3, messages: Math.round(3 * messagesPerSecond), messagesPerSecond };
  const busy = { serverBusy: messagesPerSecond / most, loadBusy: Math.min(1, messagesPerSecond / 150_000) };
  return {
    ...measured,
    ...busy,
    cpuMicrosecondsPerMessage: cpu,
    userMicrosecondsPerMessage: cpu - base * 0.8,
    systemMicrosecondsPerMessage: base * 0.8,
    ...(busy.loadBusy === 1 ? { limitedByLoad: true } : {}),
    ...(role === 'lines' || role === 'batch' ? {} : latencyOf(waiting, measured.messages, random)),
    ...(rate > most && rate < Infinity ? { unanswered: 1000 } : {}),
    ...(role === 'crowd' ? crowdOf(driver, base) : {}),
    turns: 1000,
    events: 2400,
  };
}

// Only servers in Node have a timer.
function crowdOf({ family }: Driver, base: number): Partial<Sample> {
  const hasTimer = family !== 'C' && family !== 'Python';
  return {
    ...(hasTimer ? { timerUs: { p99: base * 1000, max: base * 3000, count: 300 } } : {}),
    peakBytesAboveRest: base * 4e6,
    closedClients: 0,
  };
}

// The latencies have a long tail: the rarer a percentile, the farther it is from the median.
function latencyOf(middle: number, count: number, random: () => number): Pick<Sample, 'latencyUs' | 'histogram'> {
  const tail = 0.5 + 0.2 * random();
  const at = (share: number) => middle * (0.7 + tail * Math.log10(1 / (1 - share)) ** 1.4);
  const latencyUs: Latency = {
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    'p99.9': at(0.999),
    'p99.99': at(0.9999),
    max: at(1 - 1 / count),
    mean: at(0.6),
    count,
  };
  const shares = Array.from({ length: 160 }, (_, index) => 1 - 10 ** (-(index + 1) / 30));
  const counts = shares.map((share, index) => Math.round(count * share) - Math.round(count * (shares[index - 1] ?? 0)));
  const histogram = shares.map((share, index) => [at(share), counts[index]!] as const);
  return { latencyUs, histogram: histogram.filter(([, buckets]) => buckets > 0) };
}

function syscallsOf({ name }: Cell, driver: Driver): SyscallCount {
  const wait = { select: 'select', poll: 'poll', epoll: 'epoll_wait' }[driver.mechanism];
  return { cell: name, driver: driver.name, messages: 1000, calls: { recvfrom: 1000, sendto: 1000, [wait]: 120 } };
}

function randomNumbers(): () => number {
  let state = 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
