// `npm run differential -- --runs 100000 --seed 1`: random scenarios on tripoll and in Python, more than the tests run.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/test/conformance/random.test.js');
const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', file], {
  stdio: 'inherit',
  env: {
    ...process.env,
    TRIPOLL_RANDOM_RUNS: values.runs,
    ...(values.seed === undefined ? {} : { TRIPOLL_SEED: values.seed }),
  },
});
process.exit(status ?? 1);
