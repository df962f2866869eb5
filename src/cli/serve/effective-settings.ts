import type { Command } from 'commander';

import { Failure } from '../failure.ts';
import { onOff, parseOrFail } from '../values.ts';
import { applyConfigurationFile } from './configuration-file.ts';
import { framingEncoder } from './framing-encoder.ts';
import { parseFraming } from './framing-option.ts';
import {
  connectionOptions,
  datagramOptions,
  serveOptions,
  type ServeSettings,
  type SettingName,
  settingNames,
} from './options.ts';

export interface EffectiveSettings {
  readonly values: ServeSettings;
  /** The settings in use, with what set them: '--port', 'TRIPOLL_PORT', 'port in serve.json'; `undefined` for a default. */
  readonly origins: ReadonlyMap<SettingName, string | undefined>;
}

// The sources of commander, the strongest first.
const SOURCES = ['cli', 'env', 'config'];
// The server listens in one of these places. Commander's conflicts() does not fit: TRIPOLL_UNIX and --port are no
// conflict, because the command line is stronger than a variable.
const PLACES: readonly (readonly SettingName[])[] = [
  ['host', 'port', 'ipv6Only'],
  ['unix', 'unixMode', 'unixOwner'],
  ['fd'],
  ['systemd'],
];

/** Joins command line, variables, configuration file and defaults; throws a Failure when settings contradict each other. */
export function effectiveSettings(command: Command): EffectiveSettings {
  const path = command.getOptionValue('config') as string | undefined;
  parseFlagVariables(command);
  if (path !== undefined) applyConfigurationFile(command, path);
  const originOf = (name: SettingName): string | undefined => origin(command, name, path);
  const place = chosenPlace(command, originOf);
  const otherPlaces = new Set(PLACES.filter((other) => other !== place).flat());
  for (const name of otherPlaces) command.setOptionValueWithSource(name, serveOptions[name].defaultValue, 'default');
  const values = command.opts<ServeSettings>();
  const used = settingNames.filter((name) => values[name] !== undefined && !otherPlaces.has(name));
  const origins = new Map(used.map((name) => [name, originOf(name)]));
  dropUseless(origins, values.udp);
  checkEcho(values);
  checkUnixPath(values);
  if (values.output === 'json' && values.textPrefix !== undefined) {
    throw new Failure(`${originOf('textPrefix')!} is of no use with --output json, which has the time and the peer.`);
  }
  return { values, origins };
}

/** Writes the settings in use as a configuration file with the same effect. */
export function configurationText({ values, origins }: EffectiveSettings): string {
  const used = [...origins.keys()].map((name) => [name, values[name]]);
  return `${JSON.stringify(Object.fromEntries(used), null, 2)}\n`;
}

// Commander turns a flag on when its variable exists. Here TRIPOLL_ECHO=false turns it off.
function parseFlagVariables(command: Command): void {
  for (const name of settingNames.filter((name) => command.getOptionValueSource(name) === 'env')) {
    const option = serveOptions[name];
    if (!option.isBoolean()) continue;
    const text = process.env[option.envVar!]!;
    const errorStart = `option '${option.flags}' value '${text}' from env '${option.envVar!}' is invalid.`;
    command.setOptionValueWithSource(name, parseOrFail(onOff, text, errorStart), 'env');
  }
}

function origin(command: Command, name: SettingName, path: string | undefined): string | undefined {
  const { long, envVar } = serveOptions[name];
  const names: Record<string, string | undefined> = { cli: long, env: envVar, config: `${name} in ${path!}` };
  return names[command.getOptionValueSource(name) ?? 'default'];
}

/** The strongest source that names a place decides where the server listens. */
function chosenPlace(command: Command, originOf: (name: SettingName) => string | undefined): readonly SettingName[] {
  for (const source of SOURCES) {
    const isSet = (name: SettingName): boolean => command.getOptionValueSource(name) === source;
    const [place, ...others] = PLACES.filter((candidate) => candidate.some(isSet));
    if (place === undefined) continue;
    if (others.length === 0) return place;
    const names = [place, ...others].map((names) => originOf(names.find(isSet)!));
    throw new Failure(
      `${names.join(' and ')} exclude each other: the server listens in one place. Choose one of them.`,
    );
  }
  return PLACES[0]!;
}

/** Removes the defaults that have no use with `--udp`, or without it. Somebody who sets such an option makes a mistake. */
function dropUseless(origins: Map<SettingName, string | undefined>, udp: boolean): void {
  for (const name of Object.keys(udp ? connectionOptions : datagramOptions) as SettingName[]) {
    const setBy = origins.get(name);
    if (setBy !== undefined) throw new Failure(`${setBy} is of no use ${udp ? 'with' : 'without'} --udp.`);
    origins.delete(name);
  }
}

function checkUnixPath({ unix, unixMode, unixOwner }: ServeSettings): void {
  if (unixMode === undefined && unixOwner === undefined) return;
  const names = unixMode === undefined ? '--unix-owner' : '--unix-mode';
  if (unix === undefined) throw new Failure(`${names} needs the path of --unix.`);
}

function checkEcho({ echo, framing }: ServeSettings): void {
  if (!echo || framingEncoder(parseFraming(framing)!) !== undefined) return;
  throw new Failure('--echo needs the header that --framing drops: add ,keep-header to --framing.');
}
