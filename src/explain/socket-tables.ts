import { inetNtop } from '../socket/convert.ts';
import { AF_INET, AF_INET6 } from '../system/constants/socket.ts';
import { isGone, readProc } from './proc.ts';

/** A socket, as the kernel's tables describe it. */
export interface SocketState {
  /** Such as 'TCP', 'UDP' or 'Unix stream'. */
  readonly kind: string;
  /** The socket's own address or path; '' if it has none. */
  readonly local: string;
  /** The peer's address; '' if there is none, or if the table does not contain it. */
  readonly peer: string;
  /** The state of TCP; 'LISTEN', 'CONNECTED' or 'UNCONNECTED' for other sockets. */
  readonly state: string;
  /**
   * The number of bytes to read; for a listening socket the number of connections to accept. For UDP it includes the
   * kernel's overhead.
   */
  readonly receiveQueue?: number;
  /** The number of bytes that the peer has not acknowledged; for UDP the number that is not sent yet. */
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
const SO_ACCEPTCON = 0x10000;

type Entry = [inode: number, state: SocketState];

const INET_LINE = /^\s*\d+: (\w+):(\w+) (\w+):(\w+) (\w+) (\w+):(\w+) \S+ \S+\s+\d+\s+\d+ (\d+) /gm;
const INET_INODE = 8;
const UNIX_LINE = /^\w+: [\dA-F]{8} [\dA-F]{8} ([\dA-F]{8}) ([\dA-F]{4}) ([\dA-F]{2}) +(\d+)(?: (.+))?$/s;
// The size of sun_path.
const MAX_PATH_BYTES = 108;

/**
 * Finds sockets by their inodes in the tables of a process's network namespace. The kernel's tables do not contain
 * sockets that are neither bound nor connected: proc_pid_net(5).
 */
export function findSockets(pid: number, inodes: Iterable<number>): Map<number, SocketState> {
  const missing = new Set(inodes);
  const found = new Map<number, SocketState>();
  // The table with paths is the last one, because a path can look like a line about any inode.
  for (const name of ['tcp', 'tcp6', 'udp', 'udp6', 'unix']) {
    // Each table may have 100,000 lines.
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

// The table has the address as words in the machine's byte order, which is little-endian on all supported machines.
function endpointText(hexHost: string, hexPort: string): string {
  const bytes = Buffer.from(hexHost, 'hex').swap32();
  const host = inetNtop(bytes.length === 4 ? AF_INET : AF_INET6, bytes);
  const port = parseInt(hexPort, 16);
  return bytes.length === 4 ? `${host}:${port}` : `[${host}]:${port}`;
}

/**
 * Reads /proc/net/unix (one character for each byte) and returns the sockets by their inodes. A path that contains
 * newlines can look like the line of another socket. A path has at most 108 bytes, so text that starts farther behind
 * the start of the last path is certainly a line. If an inode occurs twice, a certain line wins over an uncertain one,
 * and otherwise the first line wins.
 */
export function unixSockets(text: string): Map<number, SocketState> {
  const found = new Map<number, { readonly isCertain: boolean; readonly state: SocketState }>();
  let [lineStart, maxPathEnd] = [0, -1];
  for (const line of text.split('\n')) {
    const fields = UNIX_LINE.exec(line);
    if (fields) {
      const [, flags, type, state, inode, path = ''] = fields;
      const isCertain = lineStart > maxPathEnd;
      const known = found.get(Number(inode));
      if (known === undefined || (isCertain && !known.isCertain)) {
        found.set(Number(inode), { isCertain, state: unixState(flags!, type!, state!, path) });
      }
      if (path !== '') maxPathEnd = lineStart + line.length - path.length + MAX_PATH_BYTES;
    }
    lineStart += line.length + 1;
  }
  return new Map(Array.from(found, ([inode, { state }]) => [inode, state]));
}

function unixState(flags: string, type: string, state: string, path: string): SocketState {
  const listens = (parseInt(flags, 16) & SO_ACCEPTCON) !== 0;
  const connected = parseInt(state, 16) === SS_CONNECTED;
  return {
    kind: `Unix ${UNIX_TYPES[parseInt(type, 16)] ?? type}`,
    local: Buffer.from(path, 'latin1').toString(),
    peer: '',
    state: listens ? 'LISTEN' : connected ? 'CONNECTED' : 'UNCONNECTED',
  };
}
