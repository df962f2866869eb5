// Records the turns of the loop for `--watch` and for `trace record`.
import type { Watching } from '../../watch/watching.ts';
import { Failure } from '../failure.ts';
import { optionFailure } from '../listen-failure.ts';
import type { AnyServer } from './create-server.ts';
import type { Log } from './log.ts';
import type { ServeSettings } from './options.ts';

/** Prepares the recording, if there is a page or a trace file. `onFileError` is called once, when the file cannot be written. */
export async function prepareRecording(
  { watch, backend, timeout: timeoutSeconds, turnsPerSecond }: ServeSettings,
  file: string | undefined,
  onFileError: (error: Error) => void,
): Promise<Watching | undefined> {
  if (watch === undefined && file === undefined) return undefined;
  const { Watching } = await import('../../watch/watching.ts');
  const port = watch === 'true' ? 0 : watch === undefined ? undefined : Number(watch);
  return new Watching({ backend, timeoutSeconds, turnsPerSecond, file, failed: onFileError, port });
}

/** Opens the file and the page, and logs the URL of the page. Throws a Failure when one of them cannot be opened. */
export async function startRecording(recording: Watching, server: AnyServer, log: Log): Promise<void> {
  try {
    await recording.attach(server);
  } catch (error) {
    const { syscall, message, port = 0 } = error as NodeJS.ErrnoException & { port?: number };
    if (syscall !== 'listen') throw new Failure(message, 1);
    throw optionFailure(error as Error, `--watch ${port}`, '127.0.0.1', port);
  }
  const { url } = recording;
  if (url !== undefined) log('info', 'watch', `open ${url} in a browser on this machine to see the loop`, { url });
}
