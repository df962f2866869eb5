import { datagramsPerTurnDefault } from '../../server/datagram-server.ts';
import { limitDefaults, type Limits } from '../../server/limits.ts';
import { turnsPerSecondDefault } from '../../trace/turn-rate-limit.ts';
import { type Kind, onOff, oneOf, seconds, text, wholeNumber } from '../values.ts';
import { framingForms, parseFraming } from './framing.ts';
import type { Group, Only, Setting } from './setting.ts';
import { turnsPerSecondHelp, turnsPerSecondKind } from './turns-per-second.ts';

const MOST_SECONDS = 1e9;
const MOST_BYTES = 2 ** 40;
const MOST_CLIENTS = 1_000_000;
const bytes = wholeNumber(0, MOST_BYTES);
const duration = seconds(0, MOST_SECONDS);
const connections = { only: 'connections' } as const;

/** `--metrics`: a host and a port, as in a URL. */
export const HOST_AND_PORT = /^(?:\[(?<six>[\da-f:.]+)\]|(?<host>[^:[\]/\s]+)):(?<port>\d{1,5})$/i;

/** All settings of `tripoll serve`, in the order of the help. Flags, variables, file, checks, help and docs come from here. */
export const settings = {
  host: setting('address', 'address', text('an address or a name'), '0.0.0.0', 'the address: IPv4, IPv6, or a name'),
  port: setting('address', 'number', wholeNumber(0, 65535), 9001, 'the port; 0 lets the kernel choose'),
  unix: setting('address', 'path', text('a path'), undefined, 'a Unix socket instead'),
  fd: setting(
    'address',
    'number',
    wholeNumber(0, 2 ** 31 - 1),
    undefined,
    'an inherited socket instead: a listening one, or with --udp a bound one',
  ),
  systemd: setting(
    'address',
    'name',
    text('a name, or true for the only socket'),
    undefined,
    'a socket of systemd instead: the only one, or the one of this name',
    { optional: true },
  ),
  udp: setting('address', '', onOff, false, 'receive datagrams instead of connections; each is a message'),

  backend: setting('loop', 'call', oneOf('select', 'poll', 'epoll'), 'select', 'the system call to wait with'),
  timeout: limit('timeoutSeconds', seconds(0.001, 3600), 'the longest wait of one turn of the loop', 'loop'),
  trace: setting('loop', '', onOff, false, 'print each turn to standard error, as strace would'),

  framing: setting(
    'messages',
    'form',
    text(
      `a form such as ${Object.keys(framingForms).join(', ').replaceAll(',   ,', ',')}`,
      (form) => parseFraming(form) !== undefined,
    ),
    'chunk',
    'how the stream is cut into messages: a form of those below',
    connections,
  ),
  halfOpen: setting(
    'messages',
    '',
    onOff,
    false,
    'keep a client that has sent its end of input; --idle-seconds ends it',
    connections,
  ),
  proxyProtocol: setting(
    'messages',
    '',
    onOff,
    false,
    'expect a PROXY header (version 1 or 2) first on each connection',
    connections,
  ),

  output: setting(
    'output',
    'form',
    oneOf('text', 'json'),
    'text',
    'text, or JSON lines with time, peer and message (or base64, where it is not UTF-8)',
  ),
  file: setting(
    'output',
    'path',
    text('a path'),
    undefined,
    'append messages to a file instead of printing them; SIGHUP opens it anew, for logrotate',
  ),
  echo: setting('output', '', onOff, false, "send each message back, in the framing's form"),
  quiet: setting('output', '', onOff, false, 'print no messages'),

  maxClients: limit('maxClients', wholeNumber(0, MOST_CLIENTS), 'the most clients at a time'),
  overload: setting(
    'limits',
    'what',
    oneOf('pause', 'shed'),
    'pause',
    "what happens to more: 'pause' lets them wait in the kernel's queue, 'shed' closes them",
    connections,
  ),
  maxClientsPerAddress: limit(
    'maxClientsPerAddress',
    wholeNumber(0, MOST_CLIENTS),
    'the most clients at a time from one address; more are closed',
  ),
  backlog: limit('backlog', wholeNumber(0, 65535), 'how many connections the kernel may queue; 0 is 0'),
  maxMessageBytes: limit(
    'maxMessageBytes',
    bytes,
    'the longest message; a longer one ends its connection; 0 is 1 GiB, the most',
  ),
  maxInputBytes: limit('maxInputBytes', bytes, 'the most input that is held of a connection; more ends it'),
  maxOutputBytes: limit('maxOutputBytes', bytes, 'the most output that waits for a client; more ends its connection'),
  highWaterBytes: limit('highWaterBytes', bytes, 'how much of it makes the server stop reading from that client'),
  firstByteSeconds: limit('firstByteSeconds', duration, 'how long a new client may stay silent'),
  messageSeconds: limit('messageSeconds', duration, 'how long a message may take, from its first byte to its last'),
  idleSeconds: limit('idleSeconds', duration, 'how long a client may stay silent later'),
  writeStallSeconds: limit('writeStallSeconds', duration, 'how long a client may leave output unread'),
  drainSeconds: limit('drainSeconds', duration, 'how long the end may take, after SIGTERM or SIGINT'),
  acceptsPerTurn: limit('acceptsPerTurn', wholeNumber(0, MOST_CLIENTS), 'how many connections are accepted a turn'),
  bytesPerTurn: limit('bytesPerTurn', bytes, 'how much is read of a connection a turn'),
  datagramsPerTurn: setting(
    'limits',
    'number',
    wholeNumber(0, MOST_CLIENTS),
    datagramsPerTurnDefault,
    'how many datagrams are received a turn, with --udp',
    { only: 'datagrams' },
  ),

  log: setting('operation', 'form', oneOf('text', 'json'), 'text', 'the form of the log, on standard error'),
  logLevel: setting(
    'operation',
    'level',
    oneOf('silent', 'error', 'warn', 'info', 'debug'),
    'info',
    'the least that is logged: silent, error, warn, info or debug',
  ),
  metrics: setting(
    'operation',
    'host:port',
    text('a host and a port, such as 127.0.0.1:9464 or [::1]:9464', isHostAndPort),
    undefined,
    'serve /metrics for Prometheus, /livez and /readyz over HTTP',
  ),
  watch: setting(
    'operation',
    'port',
    text('a port, or true for any', isPort),
    undefined,
    'show the loop live in a browser of this machine; the log says where',
    { optional: true },
  ),
  turnsPerSecond: setting('operation', 'number', turnsPerSecondKind, turnsPerSecondDefault, turnsPerSecondHelp),
} as const;

/** The key of a setting. */
export type Key = keyof typeof settings;

/** All keys, in the order of the help. */
export const keys = Object.keys(settings) as Key[];

/** The settings, where it does not matter which one. */
export const table: Readonly<Record<Key, Setting>> = settings;

/** A value for each setting; `undefined` where there is none. */
export type Configuration = {
  readonly [K in Key]: ValueOf<(typeof settings)[K]>;
};

type ValueOf<S> = S extends { kind: Kind<infer Value>; default: infer Default }
  ? Value | (Default extends undefined ? undefined : never)
  : never;

function setting<Value, Default extends Value | undefined>(
  group: Group,
  argument: string,
  kind: Kind<Value>,
  byDefault: Default,
  help: string,
  more: { only?: Only; optional?: true } = {},
) {
  return { group, argument, kind, default: byDefault, help, ...more };
}

// A limit of the server, with the server's default.
function limit(name: keyof Limits, kind: Kind<number>, help: string, group: Group = 'limits') {
  const argument = name.endsWith('Seconds') ? 'seconds' : /bytes/i.test(name) ? 'bytes' : 'number';
  const more = name === 'timeoutSeconds' || name === 'drainSeconds' ? {} : connections;
  return setting(group, argument, kind, limitDefaults[name][0], help, more);
}

function isHostAndPort(value: string): boolean {
  return Number(HOST_AND_PORT.exec(value)?.groups?.port ?? Infinity) <= 65535;
}

function isPort(value: string): boolean {
  return value === 'true' || wholeNumber(0, 65535).parse(value) !== undefined;
}
