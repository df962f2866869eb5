import { readFileSync } from 'node:fs';

import type { Command, Option } from 'commander';

import { Failure } from '../failure.ts';
import { nearestFirst } from '../nearest.ts';
import { onOff, parseOrFail } from '../values.ts';
import { serveOptions, type SettingName, settingNames } from './options.ts';

/** Sets the options that neither the command line nor a variable has set. The whole file is checked. */
export function applyConfigurationFile(command: Command, path: string): void {
  for (const [key, json] of Object.entries(readObject(path)) as [string, unknown][]) {
    if (!isSettingName(key)) {
      throw new Failure(`${path}: there is no setting '${key}'; did you mean '${nearestFirst(key, settingNames)[0]}'?`);
    }
    const value = parseJson(json, serveOptions[key], `${path}: ${key}`);
    const source = command.getOptionValueSource(key);
    if (source === undefined || source === 'default') command.setOptionValueWithSource(key, value, 'config');
  }
}

function isSettingName(key: string): key is SettingName {
  return Object.hasOwn(serveOptions, key);
}

function readObject(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure(`${path}: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Failure(`${path}: a configuration is a JSON object, such as {"port": 9001}`);
}

// The parser of the option checks the value. After that, a number in quotes is still wrong.
function parseJson(json: unknown, option: Option, name: string): unknown {
  const parse = option.isBoolean() ? onOff : (text: string) => option.parseArg!<unknown>(text, undefined);
  const errorStart = `${name}: ${JSON.stringify(json)} is invalid.`;
  const value = parseOrFail(parse, String(json), errorStart);
  if (typeof value === typeof json) return value;
  throw new Failure(`${errorStart} It must be a JSON ${typeof value}.`);
}
