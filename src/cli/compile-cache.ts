import { existsSync, mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** Since Node 22.1. The types of Node that tripoll compiles with are older. */
interface NewerModule {
  readonly enableCompileCache?: (directory: string) => unknown;
}

/**
 * Lets Node keep the compiled form of the modules that it loads from now on, so that the next start compiles nothing. A
 * directory that cannot be written is no error, and NODE_DISABLE_COMPILE_CACHE turns the cache off. The directory of
 * NODE_COMPILE_CACHE takes precedence.
 *
 * Node's own choice is a directory for temporary files, where another user could put code before the first start. So the
 * cache is in the home directory of the user. Without a home directory there is no cache.
 */
export function enableCompileCache(): void {
  // An import would take longer: it prepares each export of the module.
  const { enableCompileCache: enable } = process.getBuiltinModule('node:module') as NewerModule;
  if (enable === undefined || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  const { XDG_CACHE_HOME = '', HOME = '' } = process.env;
  const caches = isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME, '.cache');
  const directory = join(caches, 'tripoll');
  if (isAbsolute(directory) && makeDirectory(directory)) enable(directory);
}

// Node would make the directory, too. But it tries for ever where mkdir(2) says ENOENT although the parent exists, as in /proc.
function makeDirectory(path: string): boolean {
  if (existsSync(path)) return true;
  try {
    for (const folder of [dirname(path), path]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}
