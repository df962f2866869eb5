/**
 * Packs the tarball that users install, and checks it.
 *
 *     npm run package [-- --only=x64]
 *
 * `npm pack` alone makes the same tarball for x64 and arm64.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const env = { ...process.env, ...(values.only !== undefined && { TRIPOLL_PACK_ONLY: values.only }) };

const packed = spawnSync('npm', ['pack', '--json', '--loglevel=error'], {
  cwd: project,
  env,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (packed.status !== 0) process.exit(1);
