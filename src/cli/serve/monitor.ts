import { createServer, type ServerResponse } from 'node:http';

import { Failure } from '../failure.ts';
import { hostPortText } from '../text.ts';
import { createRegistry } from './metrics.ts';
import type { Service } from './service.ts';
import { HOST_AND_PORT } from './settings.ts';

/** The HTTP server of /metrics, /livez and /readyz. */
export interface Monitor {
  /** Its URL. */
  readonly url: string;
  /** Ends it. */
  close(): void;
}

/**
 * Tells the health and the numbers of a service over HTTP, in the same thread.
 * @param service The service.
 * @param isAlive Whether its loop turns.
 * @param address Host and port, as in a URL.
 * @returns The HTTP server, once it listens.
 * @throws {Failure} Where it cannot listen.
 */
export async function startMonitor(service: Service, isAlive: () => boolean, address: string): Promise<Monitor> {
  const registry = createRegistry(service);
  const server = createServer((request, response) => {
    switch (request.url?.split('?')[0]) {
      case '/metrics':
        registry.metrics().then(
          (text) => response.setHeader('content-type', registry.contentType).end(text),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
        break;
      case '/livez':
        answer(response, isAlive(), 'the loop turns', 'the loop does not turn');
        break;
      case '/readyz':
        answer(response, service.listening, 'ready', 'not taking clients');
        break;
      default:
        response.writeHead(404).end('/metrics, /livez, /readyz\n');
    }
  });
  const { six, host, port } = HOST_AND_PORT.exec(address)!.groups!;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Failure(`--metrics ${address}: ${error.message}`, 1));
    });
    server.listen(Number(port), six ?? host, resolve);
  });
  const bound = server.address() as { address: string; port: number };
  return {
    url: `http://${hostPortText([bound.address, bound.port])}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, isRight: boolean, yes: string, no: string): void {
  response.writeHead(isRight ? 200 : 503).end(`${isRight ? yes : no}\n`);
}
