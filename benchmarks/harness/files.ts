import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

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

export function readResults(path: string): Results {
  const results = JSON.parse(readFileSync(path, 'utf8')) as Partial<Results>;
  if (results.version !== 1) throw new Error(`${path} is not a results file of this version`);
  return results as Results;
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
