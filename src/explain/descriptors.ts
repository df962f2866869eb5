import { constants, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';

import { interestNames } from './event-names.ts';
import { answeringMounts } from './mounts.ts';
import { isGone, readProc } from './proc.ts';
import { type SocketState, findSockets } from './socket-tables.ts';
import { socketText } from './socket-text.ts';

/** One entry of an epoll object's interest list. */
export interface Interest {
  /** The fd's number when it was registered. By now it may be closed, or another file. */
  readonly fd: number;
  /** Such as 'IN OUT ET'. */
  readonly events: string;
  /** Whether the process has an open fd with this number now. */
  readonly open: boolean;
}

export interface Descriptor {
  readonly fd: number;
  /** Such as 'file', 'pipe', 'TCP' or 'epoll'. */
  readonly kind: string;
  /** A description in words. */
  readonly text: string;
  /** Whether reads and writes fail instead of waiting. */
  readonly nonBlocking: boolean;
  /** The socket, if the kernel's tables contain it. */
  readonly socket?: SocketState;
  /** The interest list, if the fd is an epoll object. */
  readonly interest?: readonly Interest[];
}

interface Raw {
  readonly fd: number;
  readonly link: string;
  readonly info: string;
  /** `undefined` if the file system was not asked, or refused to answer. */
  readonly stats: Stats | undefined;
}

type Kind = Pick<Descriptor, 'kind' | 'text' | 'interest' | 'socket'>;

const { O_NONBLOCK } = constants;
const O_ACCMODE = constants.O_WRONLY | constants.O_RDWR;
// The link of a file outside all file systems: its kind and inode. Other links are paths and start with '/'.
const SPECIAL = /^(\w+):\[(\d+)\]$/;
const PIPE_ENDS = ['the read end', 'the write end', 'both ends'];
const MODES = ['for reading', 'for writing', 'for reading and writing'];

/**
 * Lists the open fds of a process in ascending order, or only the fd `only`. Fds that are closed in the meantime are
 * omitted. Fails with EACCES when we may not see the fds, and with ENOENT when the process is gone.
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

// The kernel itself answers readlink and fdinfo, but the file system answers stat: a dead NFS server would block us for
// ever.
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

// After EIO and similar errors, the link is all that can be shown.
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
    return {
      kind: 'pipe',
      text: `${PIPE_ENDS[flagsOf(raw) & O_ACCMODE] ?? ''} of ${special ? `pipe ${inode}` : link}`,
    };
  }
  const place = `${link}, ${MODES[flagsOf(raw) & O_ACCMODE] ?? ''}, at byte ${field(raw.info, 'pos')}`;
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
      const list = interest
        .map((each) => `${each.fd} ${each.events}${each.open ? '' : ' (closed in this process)'}`)
        .join(', ');
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

// proc_pid_fdinfo(5). An entry stays in the list while a duplicate of its fd is open, in any process.
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
