import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { dist } from './child.ts';

const TIMEOUT_MS = 20_000;

/**
 * Runs Node with these arguments, and returns the modules that it loaded, in the order of their names: 'cli/main' for a module
 * of tripoll, and 'commander' for the modules of a package. A process that writes to standard error gets SIGTERM.
 */
export async function loadedModules(...args: string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tripoll-loaded-'));
  try {
    // The coverage that V8 writes at the end of a process names each module.
    const env = { ...process.env, NODE_V8_COVERAGE: folder };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT_MS });
    child.stderr.once('data', () => child.kill());
    await once(child, 'close');
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const scripts = files.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result);
    return [...new Set(scripts.flatMap(({ url }) => moduleName(url)))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function moduleName(url: string): string[] {
  const packageName = /\/node_modules\/([^/]+)\//.exec(url)?.[1];
  if (packageName !== undefined) return [packageName];
  const sources = pathToFileURL(`${dist}src/`).href;
  return url.startsWith(sources) ? [url.slice(sources.length).replace(/\.js$/, '')] : [];
}
