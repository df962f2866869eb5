// All options of `tripoll serve`, in the order of the help. Each option is also an environment variable and a key of the
// configuration file. Commander reads the command line and the variables, docs/serve.md is made from this list.
import { isIPv6 } from 'node:net';

import type { Command, Option } from 'commander';

import {
  answersPerSecondDefault,
  datagramsPerTurnDefault,
  limitDefaults,
  type Limits,
  turnMillisecondsDefault,
} from '../../server/limits.ts';
import { INT_MAX } from '../../system/integer.ts';
import { backendOption, timeoutOption, turnsPerSecondOption } from '../shared-options.ts';
import {
  choiceOption,
  flagOption,
  seconds,
  text,
  type TypedOption,
  valueOption,
  valueParser,
  type ValueParser,
  wholeNumber,
} from '../values.ts';
import { framingForms, parseFraming } from './framing-option.ts';
import { levels, logLinesPerSecondDefault } from './log.ts';
import { encodings } from './output/encoding.ts';
import { parsePrefix, prefixFields } from './output/prefix.ts';

const LIMITS = 'Limits (0 disables a limit, unless its text says otherwise):';
const OPERATION = 'Operation:';
const count = wholeNumber(0, 1_000_000);
const path = text('a path');
const socketName = text('a name, or true for the only socket');

/** The value of `--metrics`: a host and a port, as in a URL. */
export const HOST_AND_PORT = /^(?:\[(?<ipv6>[\da-f:.]+)\]|(?<host>[^:[\]/\s]+)):(?<port>\d{1,5})$/i;

const mode = text('an octal number such as 660', (value) => /^0?[0-7]{3}$/.test(value));
const owner = text('USER:GROUP, USER or :GROUP, with names or numbers', (value) => {
  return /^([^:\s]+(:[^:\s]+)?|:[^:\s]+)$/.test(value);
});
const hostAndPort = text('a host and a port, such as 127.0.0.1:9464 or [::1]:9464', (value) => {
  return Number(HOST_AND_PORT.exec(value)?.groups?.port ?? Infinity) <= 65535;
});

/** The value of `--host`. An IPv6 address may stand in brackets, as in a URL. */
export const hostName = valueParser('an address or a name', (value) => {
  const [, inBrackets] = /^\[(.*)\]$/s.exec(value) ?? [];
  if (inBrackets !== undefined) return isIPv6(inBrackets) ? inBrackets : undefined;
  return value === '' ? undefined : value;
});

const portOrTrue = text('a port, or true for any free port', (value) => {
  return value === 'true' || (/^\d{1,5}$/.test(value) && Number(value) <= 65535);
});

const prefix = text(`one or more of ${prefixFields.join(', ')}, with commas`, (value) => {
  return parsePrefix(value) !== undefined;
});

const form = text(`one of the forms ${Object.keys(framingForms).join(', ')}`, (value) => {
  return parseFraming(value) !== undefined;
});

const addressOptions = inGroup('Where to listen (one of host and port, --unix, --fd, --systemd):', {
  host: valueOption('--host <address>', 'an IPv4 or IPv6 address, or a name', hostName, '0.0.0.0'),
  port: valueOption('--port <number>', 'the port; 0 lets the kernel choose', wholeNumber(0, 65535), 9001),
  ipv6Only: flagOption('--ipv6-only', 'with --host ::, refuse IPv4'),
  unix: valueOption('--unix <path>', 'listen on a Unix socket', path),
  unixMode: valueOption(
    '--unix-mode <mode>',
    'the permissions of the path of --unix; the umask decides by default',
    mode,
  ),
  unixOwner: valueOption('--unix-owner <user:group>', 'the owner of the path of --unix, its group, or both', owner),
  fd: valueOption('--fd <number>', 'use an inherited socket: listening, or bound with --udp', wholeNumber(0, INT_MAX)),
  systemd: valueOption('--systemd [name]', 'use the only socket from systemd, or the one with this name', socketName),
  udp: flagOption('--udp', 'receive datagrams instead of connections; each datagram is a message'),
});

const loopOptions = inGroup('The loop:', {
  backend: backendOption(),
  timeout: timeoutOption(),
  trace: flagOption('--trace', 'print each turn to standard error, in the notation of strace'),
});

const messageOptions = inGroup('Messages:', {
  framing: valueOption('--framing <form>', 'how to find messages in the stream; see the forms below', form, 'chunk'),
  halfOpen: flagOption('--half-open', 'keep a client that has sent its end of input, until --idle-seconds are over'),
  proxyProtocol: flagOption('--proxy-protocol', 'expect a PROXY header (version 1 or 2) first on each connection'),
});

const outputOptions = inGroup('Output:', {
  output: choiceOption('--output <form>', 'print text, or a line of JSON per message', ['text', 'json'], 'text'),
  encoding: choiceOption(
    '--encoding <form>',
    'the form of the bytes of a message; auto is text, and in JSON base64 for what is not UTF-8',
    encodings,
    'auto',
  ),
  textPrefix: valueOption(
    '--text-prefix <fields>',
    'in text, write these before each message, and each in a line',
    prefix,
  ),
  file: valueOption('--file <path>', 'append messages to a file; SIGHUP reopens it, for logrotate', path),
  onOutputError: choiceOption(
    '--on-output-error <action>',
    'when a write fails, for example because the disk is full: end, or let the clients wait and try again',
    ['stop', 'retry'],
    'stop',
  ),
  echo: flagOption('--echo', 'send each message back to its client, framed as it came'),
  quiet: flagOption('--quiet', 'print no messages'),
});

const connectionLimits = inGroup(LIMITS, {
  maxClients: limit('--max-clients <number>', 'clients at a time'),
  overload: choiceOption('--overload <action>', 'let further clients wait, or close them', ['pause', 'shed'], 'pause'),
  // No default here: the server computes it from the number of clients.
  maxClientsPerAddress: valueOption(
    '--max-clients-per-address <number>',
    'clients from one address; others are closed; nine tenths of --max-clients by default',
    count,
  ),
  backlog: limit('--backlog <number>', 'connections that the kernel may queue; 0 means 0', wholeNumber(0, 65535)),
  maxMessageBytes: limit('--max-message-bytes <bytes>', 'size of a message, or the connection ends; 0 means 1 GiB'),
  maxInputBytes: limit('--max-input-bytes <bytes>', 'input without a complete message, or the connection ends'),
  maxOutputBytes: limit('--max-output-bytes <bytes>', 'unsent output for a client, or its connection ends'),
  highWaterBytes: limit('--high-water-bytes <bytes>', 'unsent output at which the server stops reading'),
  maxTotalBytes: limit(
    '--max-total-bytes <bytes>',
    'memory that the input and output of all clients may take together',
  ),
  firstByteSeconds: limit('--first-byte-seconds <seconds>', 'time until the first byte of a new client'),
  messageSeconds: limit('--message-seconds <seconds>', 'time from the first to the last byte of a message'),
  idleSeconds: limit('--idle-seconds <seconds>', 'time that a client may be silent after its first byte'),
  keepAliveSeconds: limit(
    '--keep-alive-seconds <seconds>',
    'silence after which the kernel asks a TCP client whether it is still there; 0 asks never',
    seconds(0, 32_767),
  ),
  keepAliveIntervalSeconds: limit(
    '--keep-alive-interval-seconds <seconds>',
    'time between two such questions',
    seconds(1, 32_767),
  ),
  keepAliveProbes: limit(
    '--keep-alive-probes <number>',
    'such questions without an answer, or the connection ends',
    wholeNumber(1, 127),
  ),
  // No default here: the server computes it from the four limits around it.
  userTimeoutSeconds: valueOption(
    '--user-timeout-seconds <seconds>',
    'time in which a TCP client has to acknowledge output; 55 by default, or 0 when --write-stall-seconds is above 60',
    seconds(0, 2_147_483),
  ),
  writeStallSeconds: limit('--write-stall-seconds <seconds>', 'time that a client may leave output unread'),
  acceptsPerTurn: limit('--accepts-per-turn <number>', 'connections that a turn accepts'),
  bytesPerVisit: limit('--bytes-per-visit <bytes>', 'bytes that a visit to a connection reads'),
  messagesPerVisit: limit('--messages-per-visit <number>', 'messages that a visit to a connection delivers'),
});

const commonLimits = inGroup(LIMITS, {
  receiveBufferBytes: valueOption(
    '--receive-buffer-bytes <bytes>',
    'what the kernel keeps until the server receives it, for --udp or for each connection; 0 lets the system decide',
    wholeNumber(0, INT_MAX),
    0,
  ),
  turnMilliseconds: valueOption(
    '--turn-milliseconds <number>',
    'time after which a turn visits no further client',
    count,
    turnMillisecondsDefault,
  ),
  maxPeers: limit(
    '--max-peers <number>',
    'addresses whose statistics are kept; those of others are added up; 0 means 0',
  ),
  drainSeconds: limit('--drain-seconds <seconds>', 'time from SIGTERM or SIGINT to the end of the process'),
});

/** The options that only make sense with `--udp`. */
export const datagramOptions = inGroup(LIMITS, {
  datagramsPerTurn: valueOption('--datagrams-per-turn <number>', 'datagrams in a turn', count, datagramsPerTurnDefault),
  answersPerSecond: valueOption(
    '--answers-per-second <number>',
    'datagrams that --echo sends to one address in a second',
    count,
    answersPerSecondDefault,
  ),
});

const operationOptions = inGroup(OPERATION, {
  expectEvery: valueOption(
    '--expect-every <seconds>',
    'warn once when an address or a client has sent no message for so long, and say when it is back; 0 is off',
    seconds(0, 1e9),
    0,
  ),
  log: choiceOption('--log <form>', 'the form of the log, on standard error', ['text', 'json'], 'text'),
  logLevel: choiceOption('--log-level <level>', 'the least important level that is logged', levels, 'info'),
  logLinesPerSecond: valueOption(
    '--log-lines-per-second <number>',
    'lines of a level about clients in a second; more are left out and counted; 0 logs all',
    count,
    logLinesPerSecondDefault,
  ),
  metrics: valueOption('--metrics <host:port>', 'serve /metrics for Prometheus, /livez and /readyz', hostAndPort),
  watch: valueOption('--watch [port]', 'show the loop in a browser on this machine; the log has the URL', portOrTrue),
  turnsPerSecond: turnsPerSecondOption(),
});

/** The options that make no sense with `--udp`. */
export const connectionOptions = { ...messageOptions, ...connectionLimits };
export const limitOptions = { ...connectionLimits, ...commonLimits, ...datagramOptions };
export const serveOptions = {
  ...addressOptions,
  ...loopOptions,
  ...messageOptions,
  ...outputOptions,
  ...limitOptions,
  ...operationOptions,
};

export type SettingName = keyof typeof serveOptions;
export const settingNames = Object.keys(serveOptions) as SettingName[];

/** The value of each option; `undefined` for an option without a value and without a default. */
export type ServeSettings = { readonly [Name in SettingName]: ValueOf<(typeof serveOptions)[Name]> };

type ValueOf<TheOption> = TheOption extends TypedOption<infer Value> ? Value : never;

/** Adds the options to a command that serves. */
export function addServeOptions(command: Command): Command {
  for (const option of Object.values<Option>(serveOptions)) {
    command.addOption(option.env(variableName(option)));
    if (option.isBoolean()) command.addOption(command.createOption(option.flags.replace('--', '--no-')).hideHelp());
  }
  return command
    .configureHelp({ optionDescription: describe })
    .addHelpOption(command.createOption('-h, --help', 'print this help').helpGroup(OPERATION))
    .optionsGroup(OPERATION)
    .addOption(command.createOption('--config <path>', 'a JSON file with settings').env('TRIPOLL_CONFIG'));
}

/** `--max-clients` is TRIPOLL_MAX_CLIENTS. */
function variableName(option: Option): string {
  return `TRIPOLL_${option.name().replaceAll('-', '_').toUpperCase()}`;
}

// Commander's own text would repeat the variable of every option. The notes below the help explain the variables.
function describe({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`];
  const fallback = defaultValue === undefined || defaultValue === false ? [] : [`default: ${String(defaultValue)}`];
  const notes = [...choices, ...fallback].join('; ');
  return notes === '' ? description : `${description} (${notes})`;
}

function inGroup<Options extends Readonly<Record<string, Option>>>(heading: string, options: Options): Options {
  for (const option of Object.values(options)) option.helpGroup(heading);
  return options;
}

/** A limit of the server, with the server's name and default. Its unit decides which values are valid. */
function limit(flags: string, help: string, parse = unitParser(flags)): TypedOption<number> {
  // The default depends on the name, and only an option knows its name.
  const option = valueOption(flags, help, parse, 0);
  return option.default(limitDefaults[option.attributeName() as keyof Limits][0]);
}

function unitParser(flags: string): ValueParser<number> {
  if (flags.endsWith('<seconds>')) return seconds(0, 1e9);
  return flags.endsWith('<bytes>') ? wholeNumber(0, 2 ** 40) : count;
}
