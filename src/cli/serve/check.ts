import { OSError } from '../../system/errors.ts';
import { Failure, failureText } from '../failure.ts';
import { hostPortText, log } from '../text.ts';
import { isAlive } from './alive.ts';
import { open } from './open.ts';
import type { Configuration } from './settings.ts';

/**
 * Opens what `serve` would open, closes it, and says whether that went well.
 * @param values The settings.
 * @throws {Failure} Where it did not, with exit code 2.
 */
export async function check(values: Configuration): Promise<void> {
  try {
    log(`the settings are valid, and ${await openAndClose(values)} can be listened on`);
  } catch (error) {
    if (error instanceof OSError) throw new Failure(failureText(error));
    throw error instanceof Failure ? new Failure(error.message) : error;
  }
}

// Gives the address.
async function openAndClose(values: Configuration): Promise<string> {
  const nothing = (): void => undefined;
  const service = open(values, nothing, nothing, undefined);
  // No `using`: TypeScript 6.0 leaves the .ts of an import() in its block as it is.
  try {
    if (values.metrics !== undefined) {
      const { startMonitor } = await import('./monitor.ts');
      (await startMonitor(service, () => isAlive(service, values), values.metrics)).close();
    }
    return hostPortText(service.address());
  } finally {
    service.close();
  }
}
