import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

import { compile } from './cc.ts';
import { Child, printedJson } from './child.ts';
import type { Driver } from './results.ts';

const DESCRIBE_TIMEOUT_MS = 20_000;

// The output of `--describe`.
interface Description {
  readonly drivers: readonly Driver[];
  readonly versions?: Readonly<Record<string, string>>;
}

/** A driver and its command, without NAME and ROLE. */
export interface Program {
  readonly driver: Driver;
  readonly command: readonly string[];
}

export interface Found {
  readonly programs: readonly Program[];
  /** The files that could not describe their drivers. */
  readonly broken: readonly { readonly file: string; readonly reason: string }[];
  /** The versions that drivers report, for example of uvloop, which may belong to another Python. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Asks every program in a folder which drivers it has.
 * @param folder The sources: *.c, *.py and *.ts.
 * @param compiled The folder with the compiled *.ts.
 * @param cache For the programs that the C compiler makes.
 */
export async function findDrivers(folder: string, compiled: string, cache: string): Promise<Found> {
  const commands: Record<string, (file: string) => string[]> = {
    '.c': (file) => [compile(basename(file, '.c'), [join(folder, file)], cache)],
    '.py': (file) => ['python3', join(folder, file)],
    '.ts': (file) => [process.execPath, join(compiled, `${basename(file, '.ts')}.js`)],
  };
  const files = readdirSync(folder).filter((file) => extname(file) in commands);
  const asked = await Promise.all(
    files.sort().map(async (file) => {
      try {
        return { ...(await describe(file, commands[extname(file)]!(file))), broken: [] };
      } catch (error) {
        return { programs: [], broken: [{ file, reason: (error as Error).message }], versions: {} };
      }
    }),
  );
  return {
    programs: asked.flatMap(({ programs }) => programs),
    broken: asked.flatMap(({ broken }) => broken),
    versions: Object.assign({}, ...asked.map(({ versions }) => versions)) as Record<string, string>,
  };
}

async function describe(file: string, command: readonly string[]): Promise<Omit<Found, 'broken'>> {
  const child = new Child([...command, '--describe'], { name: file });
  const { drivers, versions = {} } = (await printedJson(child, DESCRIBE_TIMEOUT_MS)) as Description;
  return {
    programs: drivers.map((driver) => ({ driver, command: driver.collects ? withGc(command) : command })),
    versions,
  };
}

function withGc([program = '', ...args]: readonly string[]): string[] {
  return [program, '--expose-gc', ...args];
}
