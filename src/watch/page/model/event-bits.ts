// The bits of events: EVENT_* bits, which the trace has for watched and ready fds, and the raw bits of poll(2) and epoll(7).

export interface EventKind {
  /** The EVENT_* bit. */
  readonly bit: number;
  readonly letter: 'R' | 'W' | 'X';
  readonly word: string;
  /** The name of select's argument. */
  readonly set: string;
  /** The end of the bit's name in poll and epoll. */
  readonly mask: string;
  /** The bit in poll and epoll. */
  readonly raw: number;
}

/** The three sets, in select's order. */
export const EVENT_KINDS: readonly EventKind[] = [
  { bit: 1, letter: 'R', word: 'readable', set: 'readfds', mask: 'IN', raw: 1 },
  { bit: 2, letter: 'W', word: 'writable', set: 'writefds', mask: 'OUT', raw: 4 },
  { bit: 4, letter: 'X', word: 'exceptional', set: 'exceptfds', mask: 'PRI', raw: 2 },
];

/** A raw bit: poll's revents and epoll's events use the same values. */
export interface RawBit {
  readonly bit: number;
  /** The end of its name. */
  readonly name: string;
  readonly meaning: string;
}

// poll and epoll report these bits without being asked, NVAL only poll.
export const ERR = 8;
export const HUP = 16;
export const NVAL = 32;
export const RDHUP = 0x2000;

/**
 * The raw bits, in the order in which they are written.
 * @see poll(2), epoll_ctl(2); Linux, net/ipv4/tcp.c, `tcp_poll`
 */
export const RAW_BITS: readonly RawBit[] = [
  { bit: 1, name: 'IN', meaning: 'something to read: bytes, a new client, or the end of input' },
  { bit: 2, name: 'PRI', meaning: 'an urgent byte' },
  { bit: 4, name: 'OUT', meaning: 'room to write' },
  { bit: ERR, name: 'ERR', meaning: 'the connection has failed, and the next call returns the error' },
  { bit: HUP, name: 'HUP', meaning: 'hang-up: the connection is over in both directions' },
  { bit: NVAL, name: 'NVAL', meaning: 'this number is not an open file descriptor' },
  { bit: RDHUP, name: 'RDHUP', meaning: 'the peer has ended its output' },
];

/** Returns the sets that EVENT_* bits belong to, in select's order. */
export function kindsOf(events: number): EventKind[] {
  return EVENT_KINDS.filter(({ bit }) => (events & bit) !== 0);
}

/** EVENT_* bits as a program spells them: `POLLIN|POLLOUT`; `0` for none. */
export function maskText(prefix: string, events: number): string {
  const names = kindsOf(events).map(({ mask }) => prefix + mask);
  return names.join('|') || '0';
}

/** Raw bits as a program spells them: `POLLIN|POLLHUP`, with unnamed bits as a number; `0` for none. */
export function rawText(prefix: string, raw: number): string {
  const named = RAW_BITS.filter(({ bit }) => (raw & bit) !== 0);
  const unnamed = named.reduce((rest, { bit }) => rest & ~bit, raw);
  const names = named.map(({ name }) => prefix + name);
  return [...names, ...(unnamed === 0 ? [] : [`0x${unnamed.toString(16)}`])].join('|') || '0';
}

/** Returns the hang-ups and errors among raw bits. */
export function troubleBits(raw: number): RawBit[] {
  return RAW_BITS.filter(({ bit }) => (raw & bit) !== 0 && bit >= ERR);
}
