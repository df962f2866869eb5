import { totalmem } from 'node:os';
import { inspect } from 'node:util';

/** The limits of a server, after all of them were checked. A limit that 0 disables is Infinity here. */
export interface Limits {
  /** The longest wait of one turn, in seconds; 1 by default. */
  readonly timeoutSeconds: number;
  /** The most connections that wait in the kernel's queue to be accepted; 4,096 by default. */
  readonly backlog: number;
  /** The most clients at a time; 10,000 by default, 0 disables the limit. */
  readonly maxClients: number;
  /**
   * The most clients at a time from one IP address; by default nine tenths of `maxClients`, so that one address cannot take the
   * places of all others; 0 disables the limit. The server closes the connections of further clients. Clients of a Unix socket
   * are not limited.
   */
  readonly maxClientsPerAddress: number;
  /** The longest message, in bytes; 1 MiB by default, 0 allows 1 GiB. A longer message ends its connection. */
  readonly maxMessageBytes: number;
  /**
   * The most bytes of a connection's input that are buffered until they are a message, or until a pause is over; by default
   * 2 MiB, or more when the longest message needs more; 0 disables the limit. More input ends the connection.
   */
  readonly maxInputBytes: number;
  /**
   * The most bytes that are buffered for a connection until they can be sent; 16 MiB by default, 0 disables the limit. More
   * output ends the connection.
   */
  readonly maxOutputBytes: number;
  /**
   * From this number of buffered output bytes on, `write` returns false, and the server does not read from the connection;
   * 64 KiB by default, 0 disables the limit.
   */
  readonly highWaterBytes: number;
  /**
   * The memory that the unsent output and the undelivered input of all clients may take together, in bytes; by default a quarter
   * of the memory of the machine or of its cgroup, 0 disables the limit. When it is reached, the server stops reading from the
   * clients that hold the most.
   */
  readonly maxTotalBytes: number;
  /** The longest time from connecting to the client's first byte, in seconds; 300 by default, 0 disables the limit. */
  readonly firstByteSeconds: number;
  /** The longest time from the first byte of a message to its last, in seconds; 60 by default, 0 disables the limit. */
  readonly messageSeconds: number;
  /**
   * The longest time without a byte in either direction, after the client's first byte, in seconds; 0, the default, disables
   * the limit.
   */
  readonly idleSeconds: number;
  /** The longest time in which a client reads nothing of its buffered output, in seconds; 60 by default, 0 disables the limit. */
  readonly writeStallSeconds: number;
  /**
   * The longest time that `shutdown` may take, and that a connection may take after its `end`, counted from the last bytes
   * that it sent; in seconds; 10 by default, 0 disables the limit.
   */
  readonly drainSeconds: number;
  /**
   * The silence of a TCP client after which the kernel asks whether it is still there, in seconds up to 32,767; 30 by default, 0
   * disables the question. Then a client whose cable was pulled is never noticed.
   * @see tcp(7), TCP_KEEPIDLE
   */
  readonly keepAliveSeconds: number;
  /** The time between two questions, in seconds from 1 to 32,767; 5 by default. See tcp(7), TCP_KEEPINTVL. */
  readonly keepAliveIntervalSeconds: number;
  /** The number of questions without an answer that ends the connection with `reset`, 1 to 127; 5 by default. */
  readonly keepAliveProbes: number;
  /**
   * The time in which a TCP client has to acknowledge what was sent to it, in seconds; 0 leaves it to the kernel, which tries for a
   * quarter of an hour. The connection then ends with `reset`. It also ends a client that reads nothing, and limits the questions.
   * By default the time of the questions, 55 s, or 0 when `writeStallSeconds` is longer than a minute.
   * @see tcp(7), TCP_USER_TIMEOUT
   */
  readonly userTimeoutSeconds: number;
  /**
   * The time in which a client, and each address that has sent a message, has to send the next one, in seconds; 0, the default,
   * disables it. `onSilence` is called once when it is over, and once when the next message has come.
   */
  readonly expectEverySeconds: number;
  /**
   * The most IP addresses whose statistics the server keeps, also after their clients have gone; 1,000 by default, 0 keeps none. The
   * statistics of further addresses are added up. When a place is needed, the server forgets an eighth of the addresses: those
   * without clients whose last message is the oldest.
   */
  readonly maxPeers: number;
  /** The most connections that one turn accepts; 64 by default, 0 disables the limit. */
  readonly acceptsPerTurn: number;
  /** The most bytes that one visit reads from a connection; 64 KiB by default, 0 disables the limit. */
  readonly bytesPerVisit: number;
  /**
   * The most messages that one visit delivers from a connection; 1,024 by default, 0 disables the limit. A visit also ends after
   * 200 µs.
   */
  readonly messagesPerVisit: number;
}

/** The limits as options, all of them optional. */
export type LimitOptions = { [Name in keyof Limits]?: Limits[Name] | undefined };

/** How long a turn visits clients if the option is not set, in milliseconds. */
export const turnMillisecondsDefault = 10;

/** The number of datagrams that one turn receives at most, if the option is not set. */
export const datagramsPerTurnDefault = 64;

/** The most answers to one address in a second, if the option is not set. */
export const answersPerSecondDefault = 1000;

/** The most bytes that one recv returns. */
export const RECV_BYTES = 65536;

/** The numbers that tcp(7) accepts. */
const KERNEL_LIMITS = {
  keepAliveSeconds: [0, 32_767],
  keepAliveIntervalSeconds: [1, 32_767],
  keepAliveProbes: [1, 127],
  userTimeoutSeconds: [0, 2_147_483],
} as const;
// With a longer `writeStallSeconds`, the user allows output to stay unread.
const MAX_STALL_SECONDS = 60;

const KIB = 1024;
const MIB = 1024 * KIB;
const MAX_CLIENTS = 10_000;
// SOMAXCONN since Linux 5.4. The headers of an older C library still say 128, and an older kernel lowers the value itself.
const BACKLOG = 4096;

// cgroups(7) may give the process less memory than the machine has. Without such a limit, Node says 0 or more than there is.
function availableMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

// A tenth of the places remains for other addresses. With fewer than ten places there is no such reserve.
function perAddressDefault(maxClients: number): number {
  return maxClients - (maxClients === Infinity ? 0 : Math.floor(maxClients / 10));
}

// The kernel tries for a quarter of an hour otherwise; but a client that may leave output unread for long must not end earlier.
function userTimeoutDefault(limits: Limits): number {
  const { keepAliveSeconds, keepAliveIntervalSeconds, keepAliveProbes, writeStallSeconds } = limits;
  if (keepAliveSeconds === 0 || writeStallSeconds > MAX_STALL_SECONDS) return 0;
  return keepAliveSeconds + keepAliveIntervalSeconds * keepAliveProbes;
}

function checkRange(name: string, limits: Limits, lowest: number, highest: number): void {
  const value = limits[name as keyof Limits];
  if (value < lowest || value > highest) throw new RangeError(`${name} must be ${lowest} to ${highest}, not ${value}`);
}

/** The default of each limit, and whether 0 disables the limit. */
export const limitDefaults: Readonly<Record<keyof Limits, readonly [value: number, zero: 'is 0' | 'disables']>> = {
  timeoutSeconds: [1, 'is 0'],
  backlog: [BACKLOG, 'is 0'],
  maxClients: [MAX_CLIENTS, 'disables'],
  maxClientsPerAddress: [perAddressDefault(MAX_CLIENTS), 'disables'],
  maxMessageBytes: [MIB, 'disables'],
  maxInputBytes: [2 * MIB, 'disables'],
  maxOutputBytes: [16 * MIB, 'disables'],
  highWaterBytes: [64 * KIB, 'disables'],
  maxTotalBytes: [Math.floor(availableMemoryBytes() / 4), 'disables'],
  firstByteSeconds: [300, 'disables'],
  messageSeconds: [60, 'disables'],
  idleSeconds: [0, 'disables'],
  writeStallSeconds: [60, 'disables'],
  drainSeconds: [10, 'disables'],
  keepAliveSeconds: [30, 'is 0'],
  keepAliveIntervalSeconds: [5, 'is 0'],
  keepAliveProbes: [5, 'is 0'],
  userTimeoutSeconds: [55, 'is 0'],
  expectEverySeconds: [0, 'disables'],
  maxPeers: [1000, 'is 0'],
  acceptsPerTurn: [64, 'disables'],
  bytesPerVisit: [64 * KIB, 'disables'],
  messagesPerVisit: [1024, 'disables'],
};

/**
 * Checks the limits, and fills in the defaults.
 * @throws {TypeError} When a limit is not a number.
 * @throws {RangeError} When a limit is negative or NaN, or should be a whole number and is not.
 */
export function toLimits(options: LimitOptions): Limits {
  const limits = Object.entries(limitDefaults).map(([name, [fallback, zero]]) => {
    const value = checked(name, options[name as keyof Limits] ?? fallback);
    return [name, zero === 'disables' && value === 0 ? Infinity : value];
  });
  const all = Object.fromEntries(limits) as Limits;
  for (const [name, [lowest, highest]] of Object.entries(KERNEL_LIMITS)) checkRange(name, all, lowest, highest);
  return {
    ...all,
    userTimeoutSeconds: options.userTimeoutSeconds ?? userTimeoutDefault(all),
    maxClientsPerAddress:
      options.maxClientsPerAddress === undefined ? perAddressDefault(all.maxClients) : all.maxClientsPerAddress,
    maxInputBytes:
      options.maxInputBytes === undefined
        ? Math.max(all.maxInputBytes, all.maxMessageBytes + RECV_BYTES)
        : all.maxInputBytes,
  };
}

/**
 * Returns the value of an option if it is a valid number. Only an option whose name ends in 'Seconds' may be a fraction.
 * @throws {TypeError} When the value is not a number.
 * @throws {RangeError} When it is negative, NaN, more than a billion seconds, or should be a whole number and is not.
 */
export function checked(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${inspect(value)}`);
  if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${value}`);
  if (name.endsWith('Seconds')) {
    if (value > 1e9) throw new RangeError(`${name} must be at most a billion, not ${value}`);
  } else if (!Number.isInteger(value)) throw new RangeError(`${name} must be a whole number, not ${value}`);
  return value;
}
