import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv4 } from 'node:net';

import { createLimitedServer } from '../../http/limited-server.ts';
import { hostPortText } from '../../socket/address-text.ts';
import { optionFailure } from '../listen-failure.ts';
import type { AnyServer } from './create-server.ts';
import { EXPOSITION_TYPE, expositionText } from './exposition.ts';
import { type MetricsSource, serverMetrics } from './metrics.ts';
import { HOST_AND_PORT, type ServeSettings } from './options.ts';
import { isAlive } from './status.ts';

export interface MetricsServer {
  readonly url: string;
  close(): void;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

type Pages = Readonly<Record<string, () => Page>>;

const MAX_CONNECTIONS = 16;
const CACHE_MS = 1000;
const TEXT = 'text/plain; charset=utf-8';

/** Serves /metrics, /livez and /readyz over HTTP, in the thread of the loop. Throws a Failure when it cannot listen. */
export async function startMetricsServer(
  server: AnyServer,
  settings: Pick<ServeSettings, 'metrics' | 'timeout'>,
  nowMs = () => performance.now(),
  source: MetricsSource = {},
): Promise<MetricsServer> {
  const pages = createPages(server, settings, nowMs, source);
  const http = createLimitedServer(MAX_CONNECTIONS, (request, response) => {
    answer(request, response, pages, isLoopback(bound.address));
  });
  const { ipv6, host, port } = HOST_AND_PORT.exec(settings.metrics!)!.groups!;
  await new Promise<void>((resolve, reject) => {
    // This also ignores errors of accept, after the server listens.
    http.on('error', (error) => {
      reject(optionFailure(error, `--metrics ${settings.metrics!}`, ipv6 ?? host!, Number(port)));
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

function createPages(
  server: AnyServer,
  settings: Pick<ServeSettings, 'timeout'>,
  nowMs: () => number,
  source: MetricsSource,
): Pages {
  const metrics = serverMetrics(server, source);
  const metricsText = cachedFor(CACHE_MS, nowMs, () => expositionText(metrics));
  return {
    '/metrics': () => ({ status: 200, type: EXPOSITION_TYPE, text: metricsText() }),
    '/livez': () => healthPage(isAlive(server, settings), 'the loop turns', 'the loop does not turn'),
    '/readyz': () => healthPage(server.listening, 'ready', 'not accepting clients'),
  };
}

function healthPage(isGood: boolean, good: string, bad: string): Page {
  return isGood ? textPage(200, good) : textPage(503, bad);
}

function textPage(status: number, sentence: string): Page {
  return { status, type: TEXT, text: `${sentence}\n` };
}

function cachedFor<Value>(ms: number, nowMs: () => number, compute: () => Value): () => Value {
  let value: Value;
  let endMs = -Infinity;
  return () => {
    if (nowMs() >= endMs) {
      value = compute();
      endMs = nowMs() + ms;
    }
    return value;
  };
}

function answer(request: IncomingMessage, response: ServerResponse, pages: Pages, localOnly: boolean): void {
  const { status, type, text } = pageFor(request, pages, localOnly);
  if (status === 405) response.setHeader('allow', 'GET, HEAD');
  // The rest of a request that is refused, such as a long body, is not read.
  if (status === 405 || status === 403) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function pageFor({ method, headers, url = '' }: IncomingMessage, pages: Pages, localOnly: boolean): Page {
  // A page of another site can reach a loopback address under a name of its own: the browser then sends that name.
  if (localOnly && headers.host !== undefined && !isLoopback(hostName(headers.host))) {
    return textPage(403, 'the Host header must name this machine: localhost, 127.0.0.1 or [::1]');
  }
  if (method !== 'GET' && method !== 'HEAD') return textPage(405, 'only GET and HEAD are possible');
  const path = url.split('?')[0]!;
  if (!Object.hasOwn(pages, path)) return textPage(404, Object.keys(pages).join(', '));
  try {
    return pages[path]!();
  } catch (error) {
    return textPage(500, String(error));
  }
}

/** The name or address in a Host header, without the port. Returns an empty string when the header is not valid. */
function hostName(header: string): string {
  try {
    return new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, '');
  } catch {
    return '';
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
