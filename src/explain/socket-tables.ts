import { inetNtop } from '../socket/convert.ts';
import { AF_INET, AF_INET6 } from '../system/constants/socket.ts';
import { isGone, readProc } from './proc.ts';

/** A socket, as the kernel's tables have it. */
export interface SocketState {
  /** 'TCP', 'UDP', 'Unix stream', … */
  readonly kind: string;
  /** Its own address, or the path; '' for none. */
  readonly local: string;
  /** The peer's; '' for none or where the table has none. */
  readonly peer: string;
  /** TCP's name for the state; 'LISTEN', 'CONNECTED' or 'UNCONNECTED' for others. */
  readonly state: string;
  /** Bytes to read, connections to accept where it listens; for UDP with the kernel's overhead. */
  readonly receiveQueue?: number;
  /** Bytes that the peer has not acknowledged; for UDP those that have not left. */
  readonly sendQueue?: number;
}

// include/net/tcp_states.h
const TCP_STATES = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
];
const ESTABLISHED = 1;
const UNIX_TYPES: Readonly<Record<string, string>> = { 1: 'stream', 2: 'datagram', 5: 'seqpacket' };
// SS_CONNECTED of linux/net.h, and __SO_ACCEPTCON.
const SS_CONNECTED = 3;
const ACCEPTS = 0x10000;

type Entry = [inode: number, state: SocketState];

const INET_LINE = /^\s*\d+: (\w+):(\w+) (\w+):(\w+) (\w+) (\w+):(\w+) \S+ \S+\s+\d+\s+\d+ (\d+) /gm;
const INET_INODE = 8;
const UNIX_LINE = /^\w+: [\dA-F]{8} [\dA-F]{8} ([\dA-F]{8}) ([\dA-F]{4}) ([\dA-F]{2}) +(\d+)(?: (.+))?$/s;
// sun_path
const LONGEST_PATH = 108;

/**
 * Finds sockets in the tables of the network namespace that a process is in.
 * @param pid The process.
 * @param inodes The inodes of the sockets.
 * @returns The sockets by their inodes. What is neither bound nor connected is in none of the kernel's tables.
 * @see proc_pid_net(5)
 */
export function findSockets(pid: number, inodes: Iterable<number>): Map<number, SocketState> {
  const missing = new Set(inodes);
  const found = new Map<number, SocketState>();
  // A path can look like a line about any inode: the table with paths is asked last.
  for (const name of ['tcp', 'tcp6', 'udp', 'udp6', 'unix']) {
    // A table may have 100,000 lines.
    if (missing.size === 0) break;
    for (const [inode, state] of name === 'unix' ? unixSockets(table(pid, name)) : inetEntries(pid, name, missing)) {
      if (!missing.has(inode)) continue;
      found.set(inode, state);
      missing.delete(inode);
    }
  }
  return found;
}

function inetEntries(pid: number, name: string, wanted: ReadonlySet<number>): Entry[] {
  return Array.from(table(pid, name).matchAll(INET_LINE))
    .filter((fields) => wanted.has(Number(fields[INET_INODE])))
    .map((fields) => inetEntry(name, fields));
}

// A kernel without IPv6 has no tcp6.
function table(pid: number, name: string): string {
  try {
    return readProc(pid, `net/${name}`, 'latin1');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function inetEntry(name: string, fields: string[]): Entry {
  const [, host = '', port = '', peerHost = '', peerPort = '', hexState = '', send = '', receive = '', inode] = fields;
  const isTcp = name.startsWith('tcp');
  const number = parseInt(hexState, 16);
  const state = isTcp ? TCP_STATES[number] : number === ESTABLISHED ? 'CONNECTED' : 'UNCONNECTED';
  const hasPeer = parseInt(peerPort, 16) !== 0;
  return [
    Number(inode),
    {
      kind: isTcp ? 'TCP' : 'UDP',
      local: endpointText(host, port),
      peer: hasPeer ? endpointText(peerHost, peerPort) : '',
      state: state ?? hexState,
      receiveQueue: parseInt(receive, 16),
      sendQueue: parseInt(send, 16),
    },
  ];
}

// The words of the address as the machine has them, which is with the lowest byte first where tripoll runs.
function endpointText(hexHost: string, hexPort: string): string {
  const bytes = Buffer.from(hexHost, 'hex').swap32();
  const host = inetNtop(bytes.length === 4 ? AF_INET : AF_INET6, bytes);
  const port = parseInt(hexPort, 16);
  return bytes.length === 4 ? `${host}:${port}` : `[${host}]:${port}`;
}

/**
 * Reads the table of Unix sockets. A path with newlines in it can hold what looks like the line of another socket; it is at
 * most 108 bytes long, so what begins further behind the beginning of a path is sure to be a line. Such a line counts more
 * than one that may be within a path, and of equals the first.
 * @param text The content of /proc/net/unix, a character a byte.
 * @returns The sockets by their inodes.
 */
export function unixSockets(text: string): Map<number, SocketState> {
  const found = new Map<number, { readonly sure: boolean; readonly state: SocketState }>();
  let [begin, pathReaches] = [0, -1];
  for (const line of text.split('\n')) {
    const fields = UNIX_LINE.exec(line);
    if (fields) {
      const [, flags, type, state, inode, path = ''] = fields;
      const sure = begin > pathReaches;
      const known = found.get(Number(inode));
      if (known === undefined || (sure && !known.sure)) {
        found.set(Number(inode), { sure, state: unixState(flags!, type!, state!, path) });
      }
      if (path !== '') pathReaches = begin + line.length - path.length + LONGEST_PATH;
    }
    begin += line.length + 1;
  }
  return new Map(Array.from(found, ([inode, { state }]) => [inode, state]));
}

function unixState(flags: string, type: string, state: string, path: string): SocketState {
  const listens = (parseInt(flags, 16) & ACCEPTS) !== 0;
  const connected = parseInt(state, 16) === SS_CONNECTED;
  return {
    kind: `Unix ${UNIX_TYPES[parseInt(type, 16)] ?? type}`,
    local: Buffer.from(path, 'latin1').toString(),
    peer: '',
    state: listens ? 'LISTEN' : connected ? 'CONNECTED' : 'UNCONNECTED',
  };
}
