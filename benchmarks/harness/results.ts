// The results file of a benchmark run: all samples, and all facts that are needed to judge and repeat the run.

/** How a server handles the bytes that it receives. benchmarks/README.md describes each role. */
export type Role = 'echo' | 'reply' | 'lines' | 'batch' | 'collect' | 'urgent' | 'crowd' | 'call' | OutputRole;

/** The receiver writes the lines: in which form, and where. */
export type OutputRole =
  | `${'text' | 'json'}-${'file' | 'pipe' | 'null'}`
  // A file that is moved away while the receiver runs, and a pipe whose reader is slow.
  | 'text-reopened'
  | 'text-slow-pipe';

/** A server under test, as its program describes it. */
export interface Driver {
  readonly name: string;
  readonly label: string;
  readonly family: string;
  readonly mechanism: 'select' | 'poll' | 'epoll';
  readonly roles: readonly Role[];
  /** Whether it collects garbage on SIGUSR2. */
  readonly collects: boolean;
  /** Whether its code is compiled while it runs, which makes it slow at first. */
  readonly justInTime?: boolean;
  /** The requests that it understands in the role `crowd`, when they are not lines. */
  readonly protocol?: 'redis';
  /** The maximum number of connections, when it is smaller than the fd limit allows: select() has a limit of its own. */
  readonly maxConnections?: number;
  /** Why the driver cannot run on this machine. */
  readonly missing?: string;
}

/** One point of a workload, which all drivers of its role are measured with. Its name contains all numbers. */
export interface Cell {
  /** `echo, 64 connections, 64 B` */
  readonly name: string;
  readonly workload: string;
  readonly role: Role;
  /** The numbers that a workload varies, for the plots: connections, idle, depth, batch, rate, sockets. */
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly kind: 'load' | 'memory' | 'call';
  /**
   * The arguments of the load generator without those of the window, or FORM and SOCKETS of a call. `--messages` is the number
   * for each second of the window, because that mode ends after a number of messages.
   */
  readonly load: readonly string[];
  /** Whether one run under strace counts its system calls, and another run its waits. */
  readonly countsSyscalls: boolean;
  /** A factor for the warm-up and the window, for cells whose high percentiles matter. */
  readonly stretch?: number;
  /** A factor for the warm-up only; by default `stretch`. */
  readonly warmupStretch?: number;
  /** The smallest run that has the cell: with `--quick`, without options, or with `--all`. */
  readonly extent: 'quick' | 'usual' | 'all';
  /** Whether drivers on select and poll are part of a usual run. */
  readonly comparesMechanisms: boolean;
  /** The names of this cell in other workloads that put the same load on the servers. */
  readonly alsoIn?: readonly { readonly workload: string; readonly name: string }[];
  /** The names of the drivers; by default all drivers with the role. In a results file they are those of the run. */
  readonly drivers?: readonly string[];
  /** The families of the drivers; by default all. */
  readonly families?: readonly string[];
  /** The families in a usual run; by default the same. */
  readonly usualFamilies?: readonly string[];
  /** The mechanisms of the drivers; by default all. */
  readonly mechanisms?: readonly Driver['mechanism'][];
}

/** The default export of a file in benchmarks/workloads. */
export interface Workload {
  readonly name: string;
  /** One or two sentences about what the workload shows. */
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

/** What else the machine did from the start to the end of a run, in shares of one CPU. */
export interface Disturbance {
  /** The time in which another virtual machine used the CPUs. */
  readonly stolen: number;
  /** The CPU time of other programs on this machine. */
  readonly others: number;
  /** The mean clock rate of the CPUs at the end, as the kernel tells it. A virtual machine often shows a constant. */
  readonly megahertz?: number;
}

/** One run of one cell with one driver, in a fresh process. A sample with errors has no figures. */
export interface Sample {
  readonly cell: string;
  readonly driver: string;
  readonly repetition: number;
  readonly seconds?: number;
  readonly messages?: number;
  readonly messagesPerSecond?: number;
  /** The CPU time of all threads of the server, user and system. */
  readonly cpuMicrosecondsPerMessage?: number;
  /** Its parts, as the kernel estimates them at timer ticks. For a window of 1 s they are exact to 2 or 3 %. */
  readonly userMicrosecondsPerMessage?: number;
  readonly systemMicrosecondsPerMessage?: number;
  readonly serverBusy?: number;
  readonly loadBusy?: number;
  /** The load generator was busy and the server was not, so the load decided the throughput, but not the CPU time a message. */
  readonly limitedByLoad?: boolean;
  readonly latencyUs?: Latency;
  readonly serviceUs?: Latency;
  /** Pairs of the upper bound of a bucket in µs, and its count. */
  readonly histogram?: readonly (readonly [number, number])[];
  readonly unanswered?: number;
  /** From the start of the server to its end, with the warm-up. */
  readonly turns?: number;
  readonly events?: number;
  readonly bytesPerConnection?: number;
  /** How late a timer of 10 ms in the server's process fired, in cells with a crowd. Absent for servers that are not Node. */
  readonly timerUs?: { readonly p99: number; readonly max: number; readonly count: number };
  /** The peak of the resident memory above what the server had before the flood. */
  readonly peakBytesAboveRest?: number;
  /** The peak of the resident memory of a receiver of lines. */
  readonly peakBytes?: number;
  /** The lines that a receiver has cut, mixed or put out of order. */
  readonly brokenLines?: number;
  /** How many clients of the crowd the server has closed. */
  readonly closedClients?: number;
  /** The CPU time of one call, in cells of the kind `call`. */
  readonly cpuMicrosecondsPerCall?: number;
  /** Absent in old files. */
  readonly disturbance?: Disturbance;
  readonly errors?: readonly string[];
}

/** The system calls of one run under strace, from before the first connection to after the last. */
export interface SyscallCount {
  readonly cell: string;
  readonly driver: string;
  readonly messages: number;
  /** Calls by name. */
  readonly calls: Readonly<Record<string, number>>;
}

/** The waits in the measured window of one run: select, poll and epoll_wait of the main thread. */
export interface WaitCount {
  readonly cell: string;
  readonly driver: string;
  readonly messages: number;
  readonly waits: number;
  /** How many fds all these waits found ready. */
  readonly found: number;
}

/** The content of the file. */
export interface Results {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** The git commit, with '-dirty' when the measured code had other changes. Absent outside a checkout. */
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
    /** In seconds, for drivers whose code is compiled while they run. Absent in old files. */
    readonly warmup?: number;
    readonly extent: Cell['extent'];
    /** Decides the order of the drivers. Absent in old files. */
    readonly seed?: number;
  };
  readonly workloads: readonly { readonly name: string; readonly about: string }[];
  readonly cells: readonly Cell[];
  readonly drivers: readonly Driver[];
  readonly samples: readonly Sample[];
  /** Samples of disturbed runs that were made again; no figure comes from them. Absent in old files. */
  readonly replaced?: readonly Sample[];
  readonly syscalls: readonly SyscallCount[];
  /** Absent in old files. */
  readonly waits?: readonly WaitCount[];
}
