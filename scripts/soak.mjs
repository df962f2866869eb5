// `npm run soak`: the load tests, one after the other: some need 10,000 fds in each of two processes.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = readdirSync(join(root, 'test/load'))
  .filter((name) => name.endsWith('.load.ts'))
  .map((name) => relative(process.cwd(), join(root, 'dist/test/load', name.replace(/\.ts$/, '.js'))));
const options = ['--test', '--test-concurrency=1', '--test-timeout=600000', '--test-reporter=spec'];
const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
