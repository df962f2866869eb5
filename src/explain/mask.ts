import * as selectConstants from '../system/constants/select.ts';
import * as socketConstants from '../system/constants/socket.ts';

const constants: Readonly<Record<string, number>> = { ...socketConstants, ...selectConstants };

/** Joins constants by |. The result is unsigned, as EPOLLET is. */
export function maskOf(names: string[], values: Readonly<Record<string, number>> = constants): number {
  return names.reduce((mask, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`in the scenario: no constant ${name}`);
    return (mask | value) >>> 0;
  }, 0);
}
