// Types, lint with doc lint, doc build and format, one after the other; all of them run, also after one has failed.
import { spawnSync } from 'node:child_process';

const checks = [
  ['types', ['tsc', '-p', '.', '--noEmit', '--incremental', 'false']],
  ['lint and doc lint', ['eslint', '--max-warnings=0', '.']],
  ['doc build', ['typedoc', '--emit', 'none']],
  ['format', ['prettier', '--check', '--log-level=warn', '.']],
];

let failed = 0;
for (const [name, [program, ...args]] of checks) {
  const began = Date.now();
  const result = spawnSync(`node_modules/.bin/${program}`, args, { stdio: 'inherit' });
  const verdict = result.status === 0 ? 'ok' : 'FAILED';
  process.stdout.write(`${name}: ${verdict} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
  if (result.status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
