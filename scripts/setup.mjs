// Installs packages, builds the addon and compiles TypeScript: each step only when its result is missing or out of date.
// The script runs before every `npm start` and `npm test`. When nothing has changed, it only compares file times.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { headersOption, nodeGyp } from './node-gyp.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];
const WATCH_PAGE = 'src/watch/page';
const BUILD_INFO = ['.tsbuildinfo', '.tsbuildinfo-page'];

const steps = [
  {
    what: 'installing packages',
    output: 'node_modules/.installed',
    product: 'node_modules/typescript',
    inputs: ['package-lock.json'],
    needs: [['npm', 'npm']],
    run: installPackages,
  },
  {
    what: 'building the addon',
    output: 'build/.built',
    product: 'build/Release/tripoll.node',
    inputs: ['native', 'binding.gyp', 'package-lock.json'],
    needs: [
      [
        (process.env.CXX || 'g++').split(' ').at(-1),
        'a C++ compiler (g++ or the value of CXX; Debian: apt install g++)',
      ],
      ['make', 'make (Debian: apt install make)'],
      [process.env.PYTHON || 'python3', 'python3 (for node-gyp; Debian: apt install python3)'],
    ],
    run: buildAddon,
  },
  {
    what: 'compiling TypeScript',
    output: 'dist/.built',
    product: 'dist/src/cli/main.js',
    inputs: ['src', 'test', 'examples', 'benchmarks', 'labs', 'tsconfig.json', 'package-lock.json'],
    needs: [],
    run: compile,
  },
];

checkNode();
const due = steps.filter((step) => {
  step.isThere = existsSync(join(root, step.product));
  return !step.isThere || newest(step.output) <= Math.max(...step.inputs.map(newest));
});
// All programs are checked before the first step, because a step may take minutes.
for (const [program, name] of due.flatMap((step) => step.needs)) need(program, name);
for (const step of due) {
  const startMs = Date.now();
  process.stderr.write(`tripoll: ${step.what} …\n`);
  step.run(step.isThere);
  // A file that changed during the step is newer than the stamp, so the step will run again.
  stamp(step.output, startMs);
  process.stderr.write(`tripoll: ${step.what} took ${((Date.now() - startMs) / 1000).toFixed(1)} s\n`);
}

// npm ci empties the folder first. If the folder is a link, it belongs to somebody else.
function installPackages() {
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link, and out of date: run `npm ci` in the project that it points to, or remove the link');
  }
  command('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function buildAddon() {
  const defines = process.env.TRIPOLL_WERROR ? ['--', '-Dwerror=1'] : [];
  const quiet = ['--loglevel=error', ...headersOption()];
  command(process.execPath, [nodeGyp, 'configure', ...quiet, ...defines]);
  command(process.execPath, [nodeGyp, 'build', ...quiet, '--jobs=max']);
}

function compile(isThere) {
  const tsc = 'node_modules/typescript/bin/tsc';
  // With its record of an earlier run, tsc would not write files that are missing now.
  if (!isThere) for (const name of BUILD_INFO) rmSync(join(root, 'dist', name), { force: true });
  command(process.execPath, [tsc, '-p', '.']);
  // The watch page runs in a browser. It is a separate project with the types of the DOM and without the types of Node.
  command(process.execPath, [tsc, '-p', WATCH_PAGE]);
  for (const name of readdirSync(join(root, WATCH_PAGE), { recursive: true })) {
    if (!/\.(html|css|svg)$/.test(name)) continue;
    const copy = join(root, 'dist', WATCH_PAGE, name);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(root, WATCH_PAGE, name), copy);
  }
}

function command(program, args) {
  const result = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 'inherit'] });
  if (result.error) fail(`${program} could not be started: ${result.error.message}`);
  if (result.status !== 0) fail(`${program} ${args[0]} failed; see its messages above.`);
}

/** The newest modification time at or below a path, in ms; 0 when there is no such file. */
function newest(path) {
  const full = resolve(root, path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(full).map((name) => newest(join(full, name))));
}

function stamp(path, timeMs) {
  const full = resolve(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, '');
  utimesSync(full, timeMs / 1e3, timeMs / 1e3);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(`Node.js ${OLDEST_NODE.join('.')} or later is needed; this is ${process.versions.node}.`);
}

function need(program, name) {
  const folders = program.includes('/') ? [''] : (process.env.PATH || '').split(delimiter);
  if (!folders.some((folder) => existsSync(join(folder, program)))) fail(`${name} is needed and was not found.`);
}

function fail(message) {
  process.stderr.write(`tripoll: ${message}\n`);
  process.exit(1);
}
