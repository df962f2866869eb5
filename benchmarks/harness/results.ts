/** What a benchmark run leaves behind: every sample, raw, with what is needed to judge and repeat it. */

/** What a driver's server does with what it receives; benchmarks/README.md describes each. */
export type Role = 'echo' | 'reply' | 'lines' | 'batch' | 'collect' | 'urgent' | 'call';

/** A server under test, as its program describes it. */
export interface Driver {
  readonly name: string;
  readonly label: string;
  readonly family: string;
  readonly mechanism: 'select' | 'poll' | 'epoll';
  readonly roles: readonly Role[];
  /** Whether it collects garbage on SIGUSR2. */
  readonly collects: boolean;
  /** Whether its code is compiled while it runs, so that it is slow at first. */
  readonly justInTime?: boolean;
  /** How many connections it can have at once, where something else than the fd limit bounds it: select's fd numbers. */
  readonly maxConnections?: number;
  /** Why it cannot run on this machine. */
  readonly missing?: string;
}

/** One point of a workload: what is measured for every driver of its role. Its name carries every number. */
export interface Cell {
  /** `echo, 64 connections, 64 B` */
  readonly name: string;
  readonly workload: string;
  readonly role: Role;
  /** What is varied, for the plots: connections, idle, depth, batch, rate, sockets. */
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly kind: 'load' | 'memory' | 'call';
  /**
   * Arguments without those of the window: of the load generator, or FORM and SOCKETS of a call. `--messages` is how many
   * for each second of the window, since no clock ends that mode.
   */
  readonly load: readonly string[];
  /** Whether a run under strace counts its system calls, and another one its waits. */
  readonly countsSyscalls: boolean;
  /** How many times as long as others it warms up and measures, where its far percentiles matter. */
  readonly stretch?: number;
  /** Part of `--quick`. */
  readonly quick: boolean;
  /** Only these drivers, by name; all with the role where absent. */
  readonly drivers?: readonly string[];
  /** Only drivers of these families; all where absent. */
  readonly families?: readonly string[];
  /** Only drivers with these mechanisms; all where absent. */
  readonly mechanisms?: readonly Driver['mechanism'][];
}

/** A workload: one file in benchmarks/workloads, its default export. */
export interface Workload {
  readonly name: string;
  /** One sentence on what it shows. */
  readonly about: string;
  readonly cells: readonly Cell[];
}

/** Percentiles in microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly 'p99.9': number;
  readonly 'p99.99': number;
  readonly max: number;
  readonly mean: number;
  readonly count: number;
}

/** One run of one cell by one driver, in a fresh process. Where a figure does not apply it is absent; with errors, all are. */
export interface Sample {
  readonly cell: string;
  readonly driver: string;
  readonly repetition: number;
  readonly seconds?: number;
  readonly messages?: number;
  readonly messagesPerSecond?: number;
  /** Server CPU time, user and system, all threads. */
  readonly cpuMicrosecondsPerMessage?: number;
  /** It, divided as the kernel's timer tick found the server: of a window of 1 s to 2 or 3 %. */
  readonly userMicrosecondsPerMessage?: number;
  readonly systemMicrosecondsPerMessage?: number;
  readonly serverBusy?: number;
  readonly loadBusy?: number;
  /** The load generator had no time left, and the server had: throughput is the load's, CPU a message is still the server's. */
  readonly limitedByLoad?: boolean;
  readonly latencyUs?: Latency;
  readonly serviceUs?: Latency;
  /** [upper bound in µs, count] */
  readonly histogram?: readonly (readonly [number, number])[];
  readonly unanswered?: number;
  /** Of the server's whole life, warm-up and all. */
  readonly turns?: number;
  readonly events?: number;
  readonly bytesPerConnection?: number;
  /** `call` cells: CPU time of one call. */
  readonly cpuMicrosecondsPerCall?: number;
  readonly errors?: readonly string[];
}

/** System calls of one run under strace, from before the first connection to after the last. */
export interface SyscallCount {
  readonly cell: string;
  readonly driver: string;
  readonly messages: number;
  /** Calls by name. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Waits of one run, in the measured window: select, poll and epoll_wait of the main thread. */
export interface WaitCount {
  readonly cell: string;
  readonly driver: string;
  readonly messages: number;
  readonly waits: number;
  /** Fds that they found ready, in all. */
  readonly found: number;
}

/** The file. */
export interface Results {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** git's commit, with '-dirty' where what was measured had changes; absent outside a checkout. */
  readonly commit?: string;
  readonly machine: Readonly<Record<'cpu' | 'cpus' | 'memory' | 'kernel' | 'system', string>>;
  /** tripoll, node, python, uvloop, cc … */
  readonly versions: Readonly<Record<string, string>>;
  /** RLIMIT_NOFILE, somaxconn … */
  readonly limits: Readonly<Record<string, string>>;
  readonly congestionControl: string;
  readonly options: {
    readonly repetitions: number;
    readonly seconds: number;
    /** Of drivers whose code is compiled while they run; absent in files from before it was kept. */
    readonly warmup?: number;
    readonly quick: boolean;
  };
  readonly workloads: readonly { readonly name: string; readonly about: string }[];
  readonly cells: readonly Cell[];
  readonly drivers: readonly Driver[];
  readonly samples: readonly Sample[];
  readonly syscalls: readonly SyscallCount[];
  /** Absent in files from before they were counted. */
  readonly waits?: readonly WaitCount[];
}
