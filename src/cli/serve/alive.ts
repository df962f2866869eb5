import type { Service } from './service.ts';
import type { Configuration } from './settings.ts';

const TURNS = 3;
// A machine that is busy may hold up the whole process for as long.
const LEAST_MS = 1000;

/**
 * Whether the loop of a service turns: it does at least once a timeout.
 * @param service The service.
 * @param values Its settings.
 * @returns Whether it has turned within the last three timeouts.
 */
export function isAlive(service: Service, values: Configuration): boolean {
  return performance.now() - service.lastTurnMs < Math.max(TURNS * values.timeout * 1e3, LEAST_MS);
}
