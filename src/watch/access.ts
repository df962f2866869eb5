import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TOKEN_BYTES = 16;

/**
 * Decides which requests the page answers: those that have the token of the printed URL, from the page's own origin or none. The
 * token is a part of the path. It is not a cookie, because a browser sends cookies to every port of a host.
 */
export class Access {
  readonly #token = randomBytes(TOKEN_BYTES).toString('hex');
  readonly #hosts: readonly string[];

  constructor(port: number) {
    this.#hosts = ['127.0.0.1', '[::1]', 'localhost'].map((host) => `${host}:${port}`);
  }

  /** The path of the page. The page's own URLs are relative to it. */
  get root(): string {
    return `/${this.#token}/`;
  }

  /** Returns the path below the token, with its slash, or `undefined` when the request is not allowed. */
  allowed(request: IncomingMessage, path: string): string | undefined {
    const { host = '', origin } = request.headers;
    if (!this.#hosts.includes(host.toLowerCase())) return undefined;
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) return undefined;
    const end = path.indexOf('/', 1);
    return end > 0 && this.#isToken(path.slice(1, end)) ? path.slice(end) : undefined;
  }

  #isToken(text: string): boolean {
    const [token, bytes] = [Buffer.from(this.#token), Buffer.from(text)];
    return bytes.length === token.length && timingSafeEqual(bytes, token);
  }
}
