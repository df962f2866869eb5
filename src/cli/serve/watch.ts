import { Failure } from '../failure.ts';
import type { Watching } from '../../watch/watching.ts';
import type { Log } from './log.ts';
import type { Service } from './service.ts';
import type { Configuration } from './settings.ts';

/**
 * Prepares to watch a service.
 * @param values The settings.
 * @param file The file that a trace is written to, if any.
 * @param failed Called once, where the file cannot be written to any more.
 * @returns What its handlers have to tell; `undefined` where nobody watches.
 */
export async function openWatching(
  values: Configuration,
  file: string | undefined,
  failed: (error: Error) => void,
): Promise<Watching | undefined> {
  if (values.watch === undefined && file === undefined) return undefined;
  const { Watching } = await import('../../watch/watching.ts');
  return new Watching({
    ...{ backend: values.backend, timeoutSeconds: values.timeout, file, failed },
    turnsPerSecond: values.turnsPerSecond,
    port: values.watch === undefined ? undefined : portOf(values.watch),
  });
}

/**
 * Begins to watch, and says where.
 * @param watching What watches.
 * @param service The service.
 * @param values The settings.
 * @param log Where it logs.
 * @throws {Failure} Where the file cannot be written, or the page's port is not free.
 */
export async function startWatching(
  watching: Watching,
  service: Service,
  values: Configuration,
  log: Log,
): Promise<void> {
  try {
    await watching.attach(service);
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw new Failure(syscall === 'listen' ? `--watch ${values.watch ?? ''}: ${message}` : message, 1);
  }
  const { url } = watching;
  if (url !== undefined) log('info', 'watch', `the loop is to be seen at ${url}`, { url });
}

function portOf(value: string): number {
  return value === 'true' ? 0 : Number(value);
}
