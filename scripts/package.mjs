/**
 * Packs the tarball that users install. `npm pack` alone does the same for x64 and arm64.
 *
 *     npm run package [-- --only=x64]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const project = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const env = { ...process.env, ...(values.only !== undefined && { TRIPOLL_PACK_ONLY: values.only }) };
process.exitCode = spawnSync('npm', ['pack'], { cwd: project, env, stdio: 'inherit' }).status ?? 1;
