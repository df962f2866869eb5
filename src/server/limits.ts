import { inspect } from 'node:util';

import { SOMAXCONN } from '../system/constants/socket.ts';

/** The numbers of a server, all checked once; where 0 disables a limit, it is Infinity here. */
export interface Limits {
  /** The longest wait of one turn, in seconds; 1 by default. */
  readonly timeoutSeconds: number;
  /** How many connections the kernel may queue; SOMAXCONN by default. */
  readonly backlog: number;
  /** The most clients at a time; 10,000 by default, 0 disables the limit. */
  readonly maxClients: number;
  /** The most clients at a time from one address; 0, the default, disables the limit. Those above it are shed. */
  readonly maxClientsPerAddress: number;
  /** The longest message, in bytes; 1 MiB by default, 0 allows 1 GiB. A longer one ends its connection. */
  readonly maxMessageBytes: number;
  /**
   * The most that is held of a connection's input before it makes a message, in bytes; by default 2 MiB, or what the
   * longest message needs, 0 disables the limit. What is beyond ends the connection.
   */
  readonly maxInputBytes: number;
  /**
   * The most that waits to be sent to a connection, in bytes; 16 MiB by default, 0 disables the limit. What is beyond
   * ends the connection.
   */
  readonly maxOutputBytes: number;
  /**
   * How much of it makes `write` return false, and the server stop reading from that connection, in bytes; 64 KiB by
   * default, 0 disables it.
   */
  readonly highWaterBytes: number;
  /** How long a client may stay silent after it has connected, in seconds; 300 by default, 0 disables the limit. */
  readonly firstByteSeconds: number;
  /** How long a message may take from its first byte to its last, in seconds; 60 by default, 0 disables the limit. */
  readonly messageSeconds: number;
  /** How long later nothing may come or go, in seconds; 0, the default, disables the limit. */
  readonly idleSeconds: number;
  /** How long a client may leave unread what waits to be sent, in seconds; 60 by default, 0 disables the limit. */
  readonly writeStallSeconds: number;
  /**
   * How long `shutdown` may take, and a connection after its `end` from the last bytes that it took, in seconds; 10 by
   * default, 0 disables the limit.
   */
  readonly drainSeconds: number;
  /** How many connections are accepted a turn; 64 by default, 0 disables the limit. */
  readonly acceptsPerTurn: number;
  /** How many bytes are read of a connection a turn; 64 KiB by default, 0 disables the limit. */
  readonly bytesPerTurn: number;
}

/** The limits as options: each may be left out. */
export type LimitOptions = { [Name in keyof Limits]?: Limits[Name] | undefined };

/** The most that one recv gives. */
export const RECV_BYTES = 65536;

const KIB = 1024;
const MIB = 1024 * KIB;

/** The default of each limit, and whether 0 disables it. */
export const limitDefaults: Readonly<Record<keyof Limits, readonly [value: number, zero: 'is 0' | 'disables']>> = {
  timeoutSeconds: [1, 'is 0'],
  backlog: [SOMAXCONN, 'is 0'],
  maxClients: [10_000, 'disables'],
  maxClientsPerAddress: [0, 'disables'],
  maxMessageBytes: [MIB, 'disables'],
  maxInputBytes: [2 * MIB, 'disables'],
  maxOutputBytes: [16 * MIB, 'disables'],
  highWaterBytes: [64 * KIB, 'disables'],
  firstByteSeconds: [300, 'disables'],
  messageSeconds: [60, 'disables'],
  idleSeconds: [0, 'disables'],
  writeStallSeconds: [60, 'disables'],
  drainSeconds: [10, 'disables'],
  acceptsPerTurn: [64, 'disables'],
  bytesPerTurn: [64 * KIB, 'disables'],
};

/**
 * Checks the numbers of a server, and fills in the defaults.
 * @param options As given.
 * @returns The numbers.
 * @throws {TypeError} For one that is no number.
 * @throws {RangeError} For one that is negative or NaN, and for a fraction where a whole number is needed.
 */
export function toLimits(options: LimitOptions): Limits {
  const limits = Object.entries(limitDefaults).map(([name, [fallback, zero]]) => {
    const value = checked(name, options[name as keyof Limits] ?? fallback);
    return [name, zero === 'disables' && value === 0 ? Infinity : value];
  });
  const all = Object.fromEntries(limits) as Limits;
  if (options.maxInputBytes !== undefined) return all;
  return { ...all, maxInputBytes: Math.max(all.maxInputBytes, all.maxMessageBytes + RECV_BYTES) };
}

/**
 * Checks a number of a server.
 * @param name Its name; what ends in 'Seconds' may be a fraction.
 * @param value As given.
 * @returns It.
 * @throws {TypeError} For what is no number.
 * @throws {RangeError} For what is negative, NaN or more than a billion seconds, and for a fraction where a whole number
 *   is needed.
 */
export function checked(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${inspect(value)}`);
  if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${value}`);
  if (name.endsWith('Seconds')) {
    if (value > 1e9) throw new RangeError(`${name} must be at most a billion, not ${value}`);
  } else if (!Number.isInteger(value)) throw new RangeError(`${name} must be a whole number, not ${value}`);
  return value;
}
