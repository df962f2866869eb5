import { execFileSync } from 'node:child_process';

import type { UnixOwner } from '../../server/listener/socket-options.ts';
import { Failure } from '../failure.ts';

const LOOKUP_MS = 5000;
// In the lines of getent(1) for users and for groups: name, password, number.
const ID_FIELD = 2;

/** The numbers of `USER:GROUP`, `USER` or `:GROUP`, whose parts are names or numbers. Throws a Failure for an unknown name. */
export function findOwner(text: string): UnixOwner {
  const [user = '', group = ''] = text.split(':');
  return {
    uid: user === '' ? undefined : findId('passwd', 'user', user),
    gid: group === '' ? undefined : findId('group', 'group', group),
  };
}

// Node can look up no name of another user. getent asks all sources of the system, such as LDAP, and not only /etc/passwd.
function findId(database: string, kind: string, name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  try {
    const line = execFileSync('getent', [database, '--', name], {
      encoding: 'utf8',
      timeout: LOOKUP_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(line.split(':')[ID_FIELD]);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const advice = isMissing ? 'cannot be looked up without the program getent; use a number.' : 'does not exist.';
    throw new Failure(`--unix-owner: the ${kind} '${name}' ${advice}`);
  }
}
