/**
 * Installs the tarball of `npm pack` as users do, and uses it: with each package manager into an empty project, on each version of
 * Node, from ES modules, CommonJS and TypeScript, and as a command. Ends with exit code 1 if something fails.
 *
 *     npm run try-package                           packs, then tries everything (about 5 minutes)
 *     npm run try-package -- pnpm yarn4             only these package managers
 *     npm run try-package -- --node 22 --node 24    only these versions of Node
 *     npm run try-package -- --tarball FILE         a tarball that is there already
 *
 * The package managers and the versions of Node come from npm. A project sees no compiler, no make and no python3.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const project = fileURLToPath(new URL('..', import.meta.url));
const programs = join(project, 'scripts/try-package');

// The package that has a manager, its command, and the arguments that install a tarball.
const MANAGERS = {
  npm11: ['npm@11', 'npm', ['install']],
  npm12: ['npm@12', 'npm', ['install']],
  pnpm: ['pnpm', 'pnpm', ['add']],
  yarn1: ['yarn@1', 'yarn', ['add', '--no-progress']],
  yarn4: ['@yarnpkg/cli-dist@4', 'yarn', ['add']],
  bun: ['bun', 'bun', ['add']],
};
const NODE_VERSIONS = ['20', '22', '24', '26'];
const MAX_INSTALLED_BYTES = 4e6;
const MAX_PACKAGES = 10;
// What a package manager may start. Compilers, make and python3 are not among them.
const VISIBLE_PROGRAMS = ['sh', 'env', 'dirname', 'uname', 'sed', 'cat', 'readlink', 'git'];
const TIMEOUT_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tarball: { type: 'string' }, node: { type: 'string', multiple: true } },
});

const scratch = mkdtempSync(join(tmpdir(), 'tripoll-package-'));
let failures = 0;

function say(text) {
  console.log(`package: ${text}`);
}

/** Carries out one try, and says how it ended. */
async function attempt(what, action) {
  const start = performance.now();
  try {
    const detail = await action();
    say(`passed: ${what}, ${((performance.now() - start) / 1000).toFixed(1)} s${detail ? ` (${detail})` : ''}`);
    return true;
  } catch (error) {
    failures++;
    say(`FAILED: ${what}\n${error.message}`);
    return false;
  }
}

function run(program, args, options) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    ...options,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${signal ?? `code ${status}`}\n${stdout}${stderr}`);
  return stdout;
}

/** Installs packages of npm that the tries need, and returns the folder of their programs. */
function installTools(name, packages) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
  return join(folder, 'node_modules');
}

/** A folder for PATH that has a Node and the few programs that package managers need. */
function pathWith(node) {
  const folder = mkdtempSync(join(scratch, 'path-'));
  symlinkSync(node, join(folder, 'node'));
  for (const name of VISIBLE_PROGRAMS) {
    const { stdout, status } = spawnSync('which', [name], { encoding: 'utf8' });
    if (status === 0) symlinkSync(stdout.trim(), join(folder, name));
  }
  return folder;
}

function makeProject(name) {
  const folder = join(scratch, name);
  cpSync(programs, folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name, version: '1.0.0', private: true, type: 'module' }),
  );
  return folder;
}

function environment(path) {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  return {
    ...process.env,
    PATH: path,
    CI: '1',
    npm_config_registry: registry,
    YARN_REGISTRY: registry,
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_NODE_LINKER: 'node-modules',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    // What the manager keeps belongs to the try and not to the user.
    HOME: scratch,
    // As root, yarn 1 would keep it elsewhere, and would install an older tarball of the same version.
    YARN_CACHE_FOLDER: join(scratch, 'yarn'),
  };
}

function installedSize(folder) {
  const list = run('find', [join(folder, 'node_modules'), '-name', 'package.json', '-path', '*/node_modules/*']);
  const manifests = list.split('\n').filter((path) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path));
  const bytes = Number(run('du', ['-sb', '--apparent-size', join(folder, 'node_modules')]).split('\t')[0]);
  return { packages: new Set(manifests.map((path) => JSON.parse(readFileSync(path, 'utf8')).name)).size, bytes };
}

/** `npx tripoll serve` prints what the article's Python client sends. */
async function serve(folder, env) {
  const port = 20_000 + (process.pid % 10_000);
  const command = join(folder, 'node_modules/.bin/tripoll');
  const server = spawn(command, ['serve', '--host', '127.0.0.1', '--port', String(port)], { cwd: folder, env });
  let stdout = '';
  let stderr = '';
  server.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  server.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const exit = once(server, 'exit');
  try {
    await until(() => stderr.includes('listening'), server);
    const client = readFileSync(join(project, 'examples/seed-client.py'), 'utf8').replace('9001', String(port));
    run('python3', ['-c', client]);
    await until(() => stdout.includes('Hello Server!14'), server);
    server.kill('SIGTERM');
    const [code] = await exit;
    if (code !== 0) throw new Error(`it ended with code ${code}`);
  } catch (error) {
    throw new Error(`${error.message}\n${stdout}${stderr}`, { cause: error });
  } finally {
    server.kill('SIGKILL');
  }
}

async function until(condition, server) {
  const endMs = performance.now() + TIMEOUT_MS;
  while (!condition()) {
    if (server.exitCode !== null) throw new Error(`it ended with code ${server.exitCode}`);
    if (performance.now() > endMs) throw new Error('nothing came in time');
    await sleep(10);
  }
}

/** Installs the tarball with one manager, and uses it on each version of Node. */
async function tryManager(name, nodes, tarball) {
  const [spec, command, args] = MANAGERS[name];
  const folder = makeProject(name);
  const bin = join(installTools(`tools-${name}`, [spec]), '.bin', command);
  const isInstalled = await attempt(`${name}: installs the tarball`, () => {
    run(bin, [...args, tarball], { cwd: folder, env: environment(pathWith(process.execPath)) });
  });
  if (!isInstalled) return;
  await attempt(`${name}: the installation is small`, () => {
    const { packages, bytes } = installedSize(folder);
    if (packages > MAX_PACKAGES) throw new Error(`${packages} packages, more than ${MAX_PACKAGES}`);
    if (bytes > MAX_INSTALLED_BYTES) throw new Error(`${bytes} bytes, more than ${MAX_INSTALLED_BYTES}`);
    return `${packages} packages, ${(bytes / 1e6).toFixed(1)} MB`;
  });
  for (const node of nodes) {
    const env = environment(pathWith(node));
    const version = run(node, ['--version']).trim();
    await attempt(`${name}, Node ${version}: ES modules, CommonJS, the command`, async () => {
      for (const program of ['esm.mjs', 'commonjs.cjs']) run(node, [program], { cwd: folder, env });
      run(join(folder, 'node_modules/.bin/tripoll'), ['--version'], { cwd: folder, env });
      await serve(folder, env);
    });
  }
}

/** In other runtimes, what blocks works, and what needs libuv throws an error. */
async function tryRuntimes(tarball) {
  const folder = makeProject('runtimes');
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], { cwd: folder });
  for (const [name, args] of [
    ['bun', []],
    ['deno', ['run', '--allow-all', '--no-lock']],
  ]) {
    const bin = join(installTools(`runtime-${name}`, [name]), '.bin', name);
    await attempt(`${name}: the calls that block`, () => {
      run(bin, [...args, 'esm.mjs'], { cwd: folder, env: { ...process.env, HOME: scratch } });
    });
  }
}

/** The types compile, without skipLibCheck, however modules are resolved, with the oldest and the newest types of Node. */
async function tryTypes(tarball) {
  for (const types of ['20', 'latest']) {
    const folder = makeProject(`types-${types}`);
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball, `@types/node@${types}`], {
      cwd: folder,
    });
    for (const [module, moduleResolution] of [['node16'], ['nodenext'], ['preserve', 'bundler']]) {
      await attempt(`TypeScript, ${moduleResolution ?? module}, @types/node ${types}`, () => {
        const options = ['--module', module, ...(moduleResolution ? ['--moduleResolution', moduleResolution] : [])];
        const tsc = join(project, 'node_modules/typescript/bin/tsc');
        const strict = [
          '--strict',
          '--noEmit',
          '--target',
          'es2023',
          '--lib',
          'es2023,esnext.disposable',
          '--types',
          'node',
        ];
        run(process.execPath, [tsc, 'types.ts', ...strict, ...options], { cwd: folder });
      });
    }
  }
}

/** What the tarball holds is what users need, and package.json describes it. */
async function tryContents(tarball) {
  await attempt('the tarball has no file that nobody needs', () => {
    const files = run('tar', ['-tzf', tarball]).trim().split('\n');
    const needless = files.filter((path) => /\.map$|binding\.gyp$|\.tsbuildinfo|\.cc$|\/test\//.test(path));
    if (needless.length > 0) throw new Error(needless.join('\n'));
    return `${files.length} files`;
  });
  const bin = (name) => join(project, 'node_modules/.bin', name);
  await attempt('publint finds nothing', () => void run(bin('publint'), ['run', tarball, '--strict']));
  await attempt(
    'the types are not wrong',
    () => void run(bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji']),
  );
}

function pack() {
  say('packing …');
  return join(
    project,
    JSON.parse(run('npm', ['pack', '--json', '--loglevel=error'], { cwd: project, timeout: 600_000 }))[0].filename,
  );
}

async function main() {
  const names = positionals.length > 0 ? positionals : Object.keys(MANAGERS);
  const unknown = names.filter((name) => !(name in MANAGERS));
  if (unknown.length > 0) {
    say(`there is no ${unknown.join(', ')}: choose among ${Object.keys(MANAGERS).join(', ')}`);
    return 1;
  }
  const tarball = values.tarball === undefined ? pack() : resolve(values.tarball);
  await tryContents(tarball);
  await tryTypes(tarball);
  await tryRuntimes(tarball);
  const nodes = (values.node ?? NODE_VERSIONS).map((version) =>
    join(
      installTools(`node-${version}`, [`node-linux-${process.arch}@${version}`]),
      `node-linux-${process.arch}/bin/node`,
    ),
  );
  for (const name of names) await tryManager(name, nodes, tarball);
  say(failures === 0 ? 'everything works.' : `${failures} tries failed.`);
  return failures === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
