/**
 * Makes what the tarball of `npm pack` holds and a checkout does not: the addon for each architecture, without its symbols, in
 * prebuilds/, and dist/src without source maps. npm runs the script before it packs.
 *
 *     npm pack                            for x64 and arm64
 *     npm run package -- --only=x64       for one of them, where the cross compiler is missing
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { headersOption, nodeGyp } from './node-gyp.mjs';

const project = fileURLToPath(new URL('..', import.meta.url));

// The name of each architecture in the programs of Debian's cross compilers.
const ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' };

// The newest versions of symbols that Node 20 itself needs. A binary that needs none that is newer loads wherever Node runs.
const NEWEST_SYMBOLS = { GLIBC: '2.28', GLIBCXX: '3.4.21', CXXABI: '1.3.9' };

class Failure extends Error {}

function say(text) {
  process.stderr.write(`tripoll: ${text}\n`);
}

// What the programs print goes to standard error, because standard output belongs to npm.
function run(what, program, args, options = {}) {
  const stdio = ['ignore', options.reads ? 'pipe' : 2, 'inherit'];
  const { status, stdout, error } = spawnSync(program, args, { cwd: project, encoding: 'utf8', stdio, ...options });
  if (error?.code === 'ENOENT') throw new Failure(`${what}: ${program} was not found`);
  if (error || status !== 0)
    throw new Failure(`${what} failed: ${error?.message ?? `${program} ended with code ${status}`}`);
  return stdout;
}

/** The prefix of the programs that build for an architecture: none for that of this machine. */
function prefixOf(arch) {
  return arch === process.arch ? '' : `${ARCHITECTURES[arch]}-linux-gnu-`;
}

function checkCompiler(arch) {
  const compiler = `${prefixOf(arch)}g++`;
  const { error } = spawnSync(compiler, ['--version'], { stdio: 'ignore' });
  if (!error) return;
  const name = compiler.replace('_', '-').replace(/^(.*)-g\+\+$/, 'g++-$1');
  throw new Failure(
    `the addon for ${arch} needs ${compiler} (Debian: apt install ${name}). Without it, pack for this machine only: npm run package -- --only=${process.arch}`,
  );
}

/** Builds the addon for another architecture, in a folder of its own, and returns the path of the binary. */
function crossBuild(arch, folder) {
  for (const name of ['native', 'binding.gyp', 'package.json']) {
    cpSync(join(project, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const prefix = prefixOf(arch);
  const tools = { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar`, LINK: `${prefix}g++` };
  const args = [nodeGyp, 'rebuild', '--loglevel=error', `--arch=${arch}`, '--jobs=max', ...headersOption()];
  run(`building the addon for ${arch}`, process.execPath, args, { cwd: folder, env: { ...process.env, ...tools } });
  return join(folder, 'build/Release/tripoll.node');
}

function makePrebuild(arch) {
  const path = join(project, `prebuilds/linux-${arch}-glibc/tripoll.node`);
  mkdirSync(join(path, '..'), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-prebuild-'));
  try {
    const isHost = arch === process.arch;
    if (!isHost) say(`building the addon for ${arch} …`);
    // The build of the checkout is up to date, because setup.mjs ran before.
    copyFileSync(isHost ? join(project, 'build/Release/tripoll.node') : crossBuild(arch, folder), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  run('removing the symbols', `${prefixOf(arch)}strip`, ['--strip-unneeded', path]);
  chmodSync(path, 0o644);
  checkSymbols(arch, path);
}

/** Fails if the binary needs a version of the C or C++ library that is newer than what Node 20 needs. */
function checkSymbols(arch, path) {
  const table = run('reading the symbols', `${prefixOf(arch)}objdump`, ['-T', path], { reads: true });
  const needed = [...table.matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)];
  if (needed.length === 0) throw new Failure(`no versions of symbols were found in ${path}`);
  const tooNew = needed.filter(([, library, version]) => isNewer(version, NEWEST_SYMBOLS[library]));
  const names = [...new Set(tooNew.map(([name]) => name))];
  if (names.length > 0) {
    throw new Failure(`the addon for ${arch} needs ${names.join(', ')}, which is newer than what Node 20 needs`);
  }
}

function isNewer(version, limit) {
  return version.localeCompare(limit, 'en', { numeric: true }) > 0;
}

/** Compiles again without source maps, because the tarball does not have the sources. */
function compileWithoutMaps() {
  const tsc = join(project, 'node_modules/typescript/bin/tsc');
  const options = ['--sourceMap', 'false', '--incremental', 'false', '--tsBuildInfoFile', 'null'];
  for (const part of ['.', 'src/watch/page']) {
    run('compiling for the package', process.execPath, [tsc, '-p', part, ...options]);
  }
  // The next command in the checkout compiles everything again, with maps.
  for (const name of ['.built', '.tsbuildinfo', '.tsbuildinfo-page']) {
    rmSync(join(project, 'dist', name), { force: true });
  }
}

function chosenArchitectures() {
  const only = process.env.TRIPOLL_PACK_ONLY;
  if (only === undefined) return Object.keys(ARCHITECTURES);
  if (!(only in ARCHITECTURES)) {
    throw new Failure(`--only=${only}: choose one of ${Object.keys(ARCHITECTURES).join(', ')}`);
  }
  return [only];
}

try {
  const architectures = chosenArchitectures();
  architectures.forEach(checkCompiler);
  rmSync(join(project, 'prebuilds'), { recursive: true, force: true });
  architectures.forEach(makePrebuild);
  compileWithoutMaps();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  process.exitCode = 1;
}
