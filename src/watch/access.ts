import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TOKEN_BYTES = 16;

/**
 * Who may see the page: whoever has the URL that was printed, from a page of this origin or none. The token is a part of the
 * path, and in no cookie: a browser sends those to every port of a host.
 */
export class Access {
  readonly #token = randomBytes(TOKEN_BYTES).toString('hex');
  readonly #hosts: readonly string[];

  /** @param port The port of the page. */
  constructor(port: number) {
    this.#hosts = ['127.0.0.1', '[::1]', 'localhost'].map((host) => `${host}:${port}`);
  }

  /** What comes after the host in the URL; the page's own paths are relative to it. */
  get root(): string {
    return `/${this.#token}/`;
  }

  /**
   * What a request that may be answered asks for.
   * @param request The request.
   * @param path The path of its URL.
   * @returns The path below the token, with its slash; `undefined` where it has no right token, or comes from elsewhere.
   */
  allowed(request: IncomingMessage, path: string): string | undefined {
    const { host = '', origin } = request.headers;
    if (!this.#hosts.includes(host.toLowerCase())) return undefined;
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) return undefined;
    const end = path.indexOf('/', 1);
    return end > 0 && this.#isToken(path.slice(1, end)) ? path.slice(end) : undefined;
  }

  #isToken(given: string): boolean {
    const [right, bytes] = [Buffer.from(this.#token), Buffer.from(given)];
    return bytes.length === right.length && timingSafeEqual(bytes, right);
  }
}
