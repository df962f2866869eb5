import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { nearText } from './near.ts';
import type { Results, Workload } from './results.ts';

// No clock here is more exact. Counts are integers and keep all their digits.
const SIGNIFICANT_DIGITS = 7;

/** Imports the workloads. `folder` has the sources, `compiled` the compiled modules. */
export async function findWorkloads(folder: string, compiled: string): Promise<Workload[]> {
  const files = readdirSync(folder).filter((file) => extname(file) === '.ts');
  const modules = files.sort().map(async (file) => {
    const url = pathToFileURL(join(compiled, `${basename(file, '.ts')}.js`));
    return ((await import(url.href)) as { default: Workload }).default;
  });
  return Promise.all(modules);
}

/** @throws {Error} When there is no such file, or when it has other contents; the message is for the user. */
export function readResults(path: string): Results {
  const results = parsed(path) as Partial<Results> | null;
  if (results?.version !== 1) throw new Error(`${path} is not a results file of this version`);
  return results as Results;
}

function parsed(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Error(`${path} cannot be read: ${message}`, { cause: error });
    throw new Error(`there is no file ${path}${nearText(basename(path), resultsFilesIn(dirname(path)))}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not a results file: it is not JSON`, { cause: error });
  }
}

function resultsFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => extname(name) === '.json');
  } catch {
    return [];
  }
}

/** Writes each element of a list on its own line, so that people find a sample and diff finds a change. */
export function writeResults(path: string, results: Results): void {
  const members = Object.entries(results).map(([name, value]: [string, unknown]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((element) => JSON.stringify(element, rounded)).join(',\n')}\n]`
      : JSON.stringify(value);
    return `${JSON.stringify(name)}: ${text}`;
  });
  writeFileSync(path, `{\n${members.join(',\n')}\n}\n`);
}

function rounded(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(SIGNIFICANT_DIGITS)) : value;
}
