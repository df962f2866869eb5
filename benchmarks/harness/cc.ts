import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CC = process.env.CC ?? 'cc';
const FLAGS = ['-O2', '-Wall', '-Wextra', '-std=gnu11', '-pthread', ...(process.env.TRIPOLL_WERROR ? ['-Werror'] : [])];

/** What `cc --version` says first; `undefined` where there is none. */
export function ccVersion(): string | undefined {
  const { status, stdout } = spawnSync(CC, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

/**
 * Compiles C files of one folder into one program or library, unless the cache has it already.
 * @param name What the program is called.
 * @param files The files' paths.
 * @param cache The folder for the program, made if need be.
 * @param more Flags beyond those that all have.
 * @returns The program's path.
 * @throws {Error} Where there is no compiler, or what it said.
 */
export function compile(
  name: string,
  files: readonly [string, ...string[]],
  cache: string,
  more: readonly string[] = [],
): string {
  const folder = dirname(files[0]);
  const program = join(cache, `${name}-${fingerprint(folder, more)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const args = [...FLAGS, ...more, '-o', unfinished, ...files, '-lm', '-ldl'];
  const { error, status, stderr } = spawnSync(CC, args, { encoding: 'utf8' });
  if (error) throw new Error(`a C compiler, ${CC}, is needed and was not found (Debian: apt install gcc libc6-dev)`);
  if (status !== 0) throw new Error(`${CC} cannot compile ${files.join(', ')}:\n${stderr.trim()}`);
  // Whole or not at all, also where another run compiles the same.
  renameSync(unfinished, program);
  return program;
}

// Of all C in the folder, since any file may include any other.
function fingerprint(folder: string, more: readonly string[]): string {
  const hash = createHash('sha256').update(`${CC} ${[...FLAGS, ...more].join(' ')} ${ccVersion() ?? ''}`);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[ch]$/.test(name));
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}
