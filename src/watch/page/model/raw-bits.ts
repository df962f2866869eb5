/** A bit of poll's revents, which is the same in epoll's events. */
export interface RawBit {
  /** Its value on Linux. */
  readonly bit: number;
  /** The end of its name. */
  readonly name: string;
  /** What it says of an fd. */
  readonly meaning: string;
}

/** POLLERR: it comes unasked, as do the two below. */
export const ERR = 8;
/** POLLHUP. */
export const HUP = 16;
/** POLLNVAL, of poll alone. */
export const NVAL = 32;
/** POLLRDHUP. */
export const RDHUP = 0x2000;

/**
 * The bits, in the order in which they are written.
 * @see poll(2), epoll_ctl(2); Linux, net/ipv4/tcp.c, `tcp_poll`
 */
export const RAW_BITS: readonly RawBit[] = [
  { bit: 1, name: 'IN', meaning: 'something to read: bytes, a client, or the end of input' },
  { bit: 2, name: 'PRI', meaning: 'an urgent byte' },
  { bit: 4, name: 'OUT', meaning: 'room to write' },
  { bit: ERR, name: 'ERR', meaning: 'an error waits to be fetched' },
  { bit: HUP, name: 'HUP', meaning: 'hang-up: the connection is over in both directions' },
  { bit: NVAL, name: 'NVAL', meaning: 'no file is open under this number' },
  { bit: RDHUP, name: 'RDHUP', meaning: 'the peer has ended its output' },
];

/**
 * Raw bits by their names.
 * @param prefix 'POLL' or 'EPOLL'; nothing for the names alone.
 * @param raw The bits.
 * @returns `POLLIN|POLLHUP`, with a rest that has no name here as a number; `0` for none.
 */
export function rawText(prefix: string, raw: number): string {
  const known = RAW_BITS.filter(({ bit }) => (raw & bit) !== 0);
  const rest = known.reduce((left, { bit }) => left & ~bit, raw);
  const names = known.map(({ name }) => prefix + name);
  return [...names, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join('|') || '0';
}

/**
 * The bits that nobody asks for: hang-ups and errors.
 * @param raw Raw bits.
 * @returns Those among them.
 */
export function trouble(raw: number): RawBit[] {
  return RAW_BITS.filter(({ bit }) => (raw & bit) !== 0 && bit >= ERR);
}
