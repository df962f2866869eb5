import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';

import { interestNames } from './event-names.ts';
import { answeringMounts } from './mounts.ts';
import { isGone, readProc } from './proc.ts';
import { type SocketState, findSockets } from './socket-tables.ts';
import { socketText } from './socket-text.ts';

/** What an epoll object waits for. */
export interface Interest {
  /** The fd that it was registered by; it may be closed, or another file, by now. */
  readonly fd: number;
  /** 'IN OUT ET'. */
  readonly events: string;
  /** Whether the process has an fd of this number now. */
  readonly open: boolean;
}

/** An fd of a process. */
export interface Descriptor {
  /** Its number. */
  readonly fd: number;
  /** 'file', 'pipe', 'TCP', 'epoll', … */
  readonly kind: string;
  /** What it is, in words. */
  readonly text: string;
  /** Whether reads and writes of it fail instead of waiting. */
  readonly nonBlocking: boolean;
  /** The socket, where the kernel's tables have it. */
  readonly socket?: SocketState;
  /** The interest list of an epoll object. */
  readonly interest?: readonly Interest[];
}

interface Raw {
  readonly fd: number;
  readonly link: string;
  readonly info: string;
  /** `undefined` where its file system is not asked, or does not answer us. */
  readonly stats: Stats | undefined;
}

type Kind = Pick<Descriptor, 'kind' | 'text' | 'interest' | 'socket'>;

const O_NONBLOCK = 0o4000;
// The link of what is on no file system, by its kind and inode; a path begins with '/'.
const SPECIAL = /^(\w+):\[(\d+)\]$/;
const ENDS = ['the read end', 'the write end', 'both ends'];
const MODES = ['for reading', 'for writing', 'for reading and writing'];

/**
 * Lists the fds of a process.
 * @param pid The process.
 * @param only The one fd to list; all, where it is left out.
 * @returns The fds, in order; those that are closed meanwhile are left out.
 * @throws {Error} EACCES where they are not ours to see, ENOENT where the process is gone.
 */
export function descriptorsOf(pid: number, only?: number): Descriptor[] {
  const open = readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .sort((one, other) => one - other);
  const mounts = answeringMounts(pid);
  const raws = open.filter((fd) => only === undefined || fd === only).flatMap((fd) => rawOf(pid, fd, mounts));
  const sockets = findSockets(
    pid,
    raws.flatMap(({ link }) => socketInode(link) ?? []),
  );
  const openSet = new Set(open);
  return raws.map((raw) => describe(raw, sockets, openSet));
}

// readlink and fdinfo are answered by the kernel alone, stat by the file system: a dead NFS server would keep us for ever.
function rawOf(pid: number, fd: number, mounts: ReadonlySet<string>): Raw[] {
  try {
    const path = `/proc/${pid}/fd/${fd}`;
    const link = readlinkSync(path).replaceAll('\n', '\\n');
    const info = readProc(pid, `fdinfo/${fd}`);
    return [{ fd, link, info, stats: mounts.has(field(info, 'mnt_id')) ? statsOf(path) : undefined }];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

// EIO and kin: then there is no more than the link.
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (isGone(error)) throw error;
    return undefined;
  }
}

function describe(raw: Raw, sockets: ReadonlyMap<number, SocketState>, open: ReadonlySet<number>): Descriptor {
  const [, anonymous] = /^anon_inode:\[?(\w+)\]?$/.exec(raw.link) ?? [];
  const kind = anonymous === undefined ? namedKind(raw, sockets) : anonymousKind(anonymous, raw.info, open);
  return { fd: raw.fd, ...kind, nonBlocking: (flagsOf(raw) & O_NONBLOCK) !== 0 };
}

function namedKind(raw: Raw, sockets: ReadonlyMap<number, SocketState>): Kind {
  const { stats, link } = raw;
  const [, special, inode] = SPECIAL.exec(link) ?? [];
  if (special === 'socket') return socketKind(sockets.get(Number(inode)));
  if (special === 'pipe' || stats?.isFIFO() === true) {
    return { kind: 'pipe', text: `${ENDS[flagsOf(raw) & 3] ?? ''} of ${special ? `pipe ${inode}` : link}` };
  }
  const place = `${link}, ${MODES[flagsOf(raw) & 3] ?? ''}, at byte ${field(raw.info, 'pos')}`;
  if (stats === undefined) return { kind: 'file', text: place };
  if (stats.isCharacterDevice()) return { kind: /^\/dev\/(pts|tty)/.test(link) ? 'terminal' : 'device', text: link };
  if (stats.isDirectory()) return { kind: 'directory', text: link };
  return { kind: 'file', text: `${place} of ${stats.size}` };
}

function socketInode(link: string): number | undefined {
  const [, kind, inode] = SPECIAL.exec(link) ?? [];
  return kind === 'socket' ? Number(inode) : undefined;
}

function socketKind(socket: SocketState | undefined): Kind {
  if (socket === undefined) return { kind: 'socket', text: 'not bound, no longer connected, or of another family' };
  return { kind: socket.kind, text: socketText(socket), socket };
}

function anonymousKind(name: string, info: string, open: ReadonlySet<number>): Kind {
  switch (name) {
    case 'eventpoll': {
      const interest = interestOf(info, open);
      const list = interest.map((each) => `${each.fd} ${each.events}${each.open ? '' : ' (closed here)'}`).join(', ');
      return { kind: 'epoll', text: list === '' ? 'waits for no fd' : `waits for ${list}`, interest };
    }
    case 'eventfd':
      return { kind: 'eventfd', text: `count ${parseInt(field(info, 'eventfd-count'), 16)}` };
    case 'pidfd':
      return { kind: 'pidfd', text: `process ${field(info, 'Pid')}` };
    default:
      return { kind: name, text: '' };
  }
}

// proc_pid_fdinfo(5). What was registered stays while a duplicate of it is open, in whatever process.
function interestOf(info: string, open: ReadonlySet<number>): Interest[] {
  return Array.from(info.matchAll(/^tfd:\s*(\d+) events:\s*(\w+)/gm), ([, fd, events = '']) => ({
    fd: Number(fd),
    events: interestNames(parseInt(events, 16)),
    open: open.has(Number(fd)),
  })).sort((one, other) => one.fd - other.fd);
}

function flagsOf({ info }: Raw): number {
  return parseInt(field(info, 'flags'), 8);
}

function field(info: string, name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(info)?.[1] ?? '?';
}
