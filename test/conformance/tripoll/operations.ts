import { osError } from '../../../src/system/errors.ts';
import { type Implementations, operations as ofFiles } from '../../../src/explain/operations.ts';
import * as sys from '../../../src/sys.ts';
import type { Operations } from '../scenario.ts';
import { decode } from './arguments.ts';
import type { World } from './world.ts';

/** The implementation of each operation. */
export const operations: Implementations<Operations, World> = {
  ...ofFiles,
  let(world, name, value) {
    world.name(name, decode(world, value));
  },
  closeFd(world, name) {
    const result = sys.close(world.fd(name));
    if (result < 0) throw osError(result, 'operation');
  },
};
