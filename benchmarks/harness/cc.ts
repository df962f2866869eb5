import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CC = process.env.CC ?? 'cc';
const FLAGS = ['-O2', '-Wall', '-Wextra', '-std=gnu11', '-pthread', ...(process.env.TRIPOLL_WERROR ? ['-Werror'] : [])];

/** The first line of `cc --version`; undefined when there is no compiler. */
export function ccVersion(): string | undefined {
  const { status, stdout } = spawnSync(CC, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

/**
 * Compiles C files of one folder into one program or library when the cache does not have it.
 * @returns The path of the program.
 * @throws {Error} When there is no compiler, or when it reports errors.
 */
export function compile(
  name: string,
  files: readonly [string, ...string[]],
  cache: string,
  extraFlags: readonly string[] = [],
): string {
  const folder = dirname(files[0]);
  const program = join(cache, `${name}-${fingerprint(folder, extraFlags)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const args = [...FLAGS, ...extraFlags, '-o', unfinished, ...files, '-lm', '-ldl'];
  const { error, status, stderr } = spawnSync(CC, args, { encoding: 'utf8' });
  if (error) throw new Error(`a C compiler, ${CC}, is needed and was not found (Debian: apt install gcc libc6-dev)`);
  if (status !== 0) throw new Error(`${CC} cannot compile ${files.join(', ')}:\n${stderr.trim()}`);
  // Renaming is atomic, so another run that compiles the same never sees half a program.
  renameSync(unfinished, program);
  return program;
}

// The hash of all C files in the folder, because each file may include the others.
function fingerprint(folder: string, extraFlags: readonly string[]): string {
  const hash = createHash('sha256').update(`${CC} ${[...FLAGS, ...extraFlags].join(' ')} ${ccVersion() ?? ''}`);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[ch]$/.test(name));
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}
