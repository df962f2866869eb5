import { hostPortText } from '../../socket/address-text.ts';
import { Failure } from '../failure.ts';
import { createServer } from './create-server.ts';
import type { ServeSettings } from './options.ts';

/** For `--check`: listens as `serve` would, closes everything again, and returns the result in a sentence. */
export async function checkSettings(settings: ServeSettings): Promise<string> {
  let server;
  try {
    server = createServer(settings, { log: () => undefined });
    if (settings.metrics !== undefined) {
      const { startMetricsServer } = await import('./metrics-server.ts');
      (await startMetricsServer(server, settings)).close();
    }
    return `the settings are valid, and the server can listen on ${hostPortText(server.address())}`;
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.message) : error;
  } finally {
    server?.close();
  }
}
