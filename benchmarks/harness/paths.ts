import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const sources = join(root, 'benchmarks');
export const compiled = join(root, 'dist/benchmarks');
/** For the programs that the C compiler makes. */
export const cache = join(compiled, 'cache');
