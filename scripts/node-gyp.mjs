import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

/** The program node-gyp of the project. */
export const nodeGyp = join(project, 'node_modules/node-gyp/bin/node-gyp.js');

/** Returns the option that names the headers of this Node. Without installed headers, node-gyp downloads them. */
export function headersOption() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}
