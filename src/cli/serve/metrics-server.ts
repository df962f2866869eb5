import { createServer, type ServerResponse } from 'node:http';

import { hostPortText } from '../../socket/address-text.ts';
import { Failure } from '../failure.ts';
import type { AnyServer } from './create-server.ts';
import { createRegistry } from './metrics.ts';
import { HOST_AND_PORT, type ServeSettings } from './options.ts';
import { isAlive } from './status.ts';

export interface MetricsServer {
  readonly url: string;
  close(): void;
}

/** Serves /metrics, /livez and /readyz over HTTP, in the thread of the loop. Throws a Failure when it cannot listen. */
export async function startMetricsServer(server: AnyServer, settings: ServeSettings): Promise<MetricsServer> {
  const registry = createRegistry(server);
  const http = createServer((request, response) => {
    switch (request.url?.split('?')[0]) {
      case '/metrics':
        registry.metrics().then(
          (text) => response.setHeader('content-type', registry.contentType).end(text),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
        break;
      case '/livez':
        answer(response, isAlive(server, settings), 'the loop turns', 'the loop does not turn');
        break;
      case '/readyz':
        answer(response, server.listening, 'ready', 'not accepting clients');
        break;
      default:
        response.writeHead(404).end('/metrics, /livez, /readyz\n');
    }
  });
  const { ipv6, host, port } = HOST_AND_PORT.exec(settings.metrics!)!.groups!;
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => {
      reject(new Failure(`--metrics ${settings.metrics!}: ${error.message}`, 1));
    });
    http.listen(Number(port), ipv6 ?? host, resolve);
  });
  const bound = http.address() as { address: string; port: number };
  return {
    url: `http://${hostPortText([bound.address, bound.port])}`,
    close() {
      http.close();
      http.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, isGood: boolean, good: string, bad: string): void {
  response.writeHead(isGood ? 200 : 503).end(`${isGood ? good : bad}\n`);
}
