import type { Kind } from '../values.ts';

/** The headings of the help, in their order. */
export const groups = {
  address: 'Where to listen (one of host and port, --unix, --fd, --systemd):',
  loop: 'The loop:',
  messages: 'Messages:',
  output: 'What is done with them:',
  limits: 'Limits (0 disables a limit, where nothing else is said):',
  operation: 'Operation:',
};

/** A heading's key. */
export type Group = keyof typeof groups;

/** What is served with: connections, or datagrams. */
export type Only = 'connections' | 'datagrams';

/** One setting of `tripoll serve`. Its key in a file is `maxClients`, its flag --max-clients, its variable TRIPOLL_MAX_CLIENTS. */
export interface Setting<Value extends string | number | boolean = string | number | boolean> {
  /** Under which heading it stands. */
  readonly group: Group;
  /** What it may be. */
  readonly kind: Kind<Value>;
  /** What stands for its value in the help: a unit, 'number', 'path'; '' for what is on or off. */
  readonly argument: string;
  /** Whether the value may be left out on the command line: it is then 'true'. */
  readonly optional?: boolean;
  /** What it is where nobody says; `undefined` for nothing. */
  readonly default: Value | undefined;
  /** What it is for. */
  readonly help: string;
  /** Where it is of no use elsewhere. */
  readonly only?: Only;
}

/**
 * The flag of a setting.
 * @param key Its key.
 * @returns '--max-clients'.
 */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * The environment variable of a setting.
 * @param key Its key.
 * @returns 'TRIPOLL_MAX_CLIENTS'.
 */
export function variableOf(key: string): string {
  return `TRIPOLL_${flagOf(key).slice(2).replaceAll('-', '_').toUpperCase()}`;
}

/**
 * A default as people read it.
 * @param setting The setting.
 * @returns '0.0.0.0', '10000', 'off', '' for nothing.
 */
export function defaultText(setting: Setting): string {
  const value = setting.default;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === undefined ? '' : String(value);
}
