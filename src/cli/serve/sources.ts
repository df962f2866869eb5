import { readFileSync } from 'node:fs';

import { Failure } from '../failure.ts';
import { nearest } from './nearest.ts';
import { flagOf, type Setting, variableOf } from './setting.ts';
import { type Key, keys, table } from './settings.ts';

/** Values by key, as somebody says them; what nobody says is not there. */
export type Said = Readonly<Partial<Record<Key, unknown>>>;

/** One that says something about the settings. */
export interface Source {
  /** What it calls a setting. */
  readonly nameOf: (key: Key) => string;
  /** What it says. */
  readonly values: Said;
}

/**
 * The command line.
 * @param flags What it says, parsed by commander; a flag without its optional argument is `true`.
 * @returns The source.
 */
export function commandLine(flags: Said): Source {
  const said = keys.flatMap((key) => (flags[key] === undefined ? [] : [[key, valueOf(key, flags[key])] as const]));
  return { nameOf: flagOf, values: Object.fromEntries(said) };
}

/**
 * The environment. An empty variable says nothing; other variables of the same prefix are somebody else's: Kubernetes
 * makes some for a service of that name.
 * @param variables All of it.
 * @returns The source.
 * @throws {Failure} Where a variable is wrong.
 */
export function environment(variables: Readonly<Record<string, string | undefined>>): Source {
  const said = keys.flatMap((key) => {
    const text = variables[variableOf(key)] ?? '';
    return text === '' ? [] : [[key, read(variableOf(key), table[key], text, `'${text}'`)] as const];
  });
  return { nameOf: variableOf, values: Object.fromEntries(said) };
}

/**
 * A configuration file.
 * @param path Its path.
 * @returns The source.
 * @throws {Failure} Where it cannot be read, or is wrong.
 */
export function configurationFile(path: string): Source {
  const said = Object.entries(parse(path)).map(([key, value]: [string, unknown]) => {
    if (!isKey(key)) throw new Failure(`${path}: there is no setting '${key}'; did you mean '${nearest(key, keys)}'?`);
    const setting = table[key];
    const text = typeof value === setting.kind.json ? String(value) : undefined;
    return [key, read(`${path}: ${key}`, setting, text, JSON.stringify(value))] as const;
  });
  return { nameOf: (key) => `${key} in ${path}`, values: Object.fromEntries(said) };
}

function valueOf(key: Key, value: unknown): unknown {
  return table[key].optional && value === true ? 'true' : value;
}

function isKey(key: string): key is Key {
  return Object.hasOwn(table, key);
}

function parse(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure(`${path}: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Failure(`${path}: a configuration is a JSON object, such as {"port": 9001}`);
}

function read(name: string, { kind }: Setting, text: string | undefined, shown: string): unknown {
  const value = text === undefined ? undefined : kind.parse(text);
  if (value === undefined) throw new Failure(`${name}: ${shown} is invalid. It must be ${kind.wants}.`);
  return value;
}
