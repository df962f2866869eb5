// Sets up what is missing or out of date, and nothing else: packages, the addon, the compiled TypeScript.
// It runs before every `npm start` and `npm test`, so where nothing has changed it only compares file times.
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
        'a C++ compiler (g++, or what CXX names; Debian: apt install g++)',
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
// Before the first step, which may take minutes.
for (const [program, name] of due.flatMap((step) => step.needs)) need(program, name);
for (const step of due) {
  const began = Date.now();
  process.stderr.write(`tripoll: ${step.what} …\n`);
  step.run(step.isThere);
  // As of the beginning: what was changed meanwhile is not in it.
  stamp(step.output, began);
  process.stderr.write(`tripoll: ${step.what} took ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

// npm ci empties the folder first: where it is a link, somebody else's.
function installPackages() {
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link, and out of date: run `npm ci` where it leads, or remove the link');
  }
  command('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

function buildAddon() {
  const gyp = ['node_modules/node-gyp/bin/node-gyp.js'];
  // The headers that belong to this Node, where its installation has them; otherwise node-gyp fetches them.
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const defines = process.env.TRIPOLL_WERROR ? ['--', '-Dwerror=1'] : [];
  const quiet = ['--loglevel=error', ...headers];
  command(process.execPath, [...gyp, 'configure', ...quiet, ...defines]);
  command(process.execPath, [...gyp, 'build', ...quiet, '--jobs=max']);
}

function compile(isThere) {
  const tsc = 'node_modules/typescript/bin/tsc';
  // It would write nothing that it believes to have written already.
  if (!isThere) for (const name of BUILD_INFO) rmSync(join(root, 'dist', name), { force: true });
  command(process.execPath, [tsc, '-p', '.']);
  // The watch page runs in a browser: a project of its own, with the types of the DOM and without those of Node.
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
  if (result.status !== 0) fail(`${program} ${args[0]} failed; its own messages stand above.`);
}

/** The newest modification time below a path, in ms; 0 where there is nothing. */
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
