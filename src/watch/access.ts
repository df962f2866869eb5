import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TOKEN_BYTES = 16;

/** Who may see the page: whoever has the URL that was printed, from a page of this origin or none. */
export class Access {
  readonly #token = randomBytes(TOKEN_BYTES).toString('hex');
  readonly #hosts: readonly string[];
  readonly #cookie: string;

  /** @param port The port of the page. */
  constructor(port: number) {
    this.#hosts = ['127.0.0.1', '[::1]', 'localhost'].map((host) => `${host}:${port}`);
    // Cookies are of a host, whatever the port: another page of the same machine has one of its own.
    this.#cookie = `tripoll-${port}`;
  }

  /** What comes after the host in the URL. */
  get query(): string {
    return `/?token=${this.#token}`;
  }

  /** The header that makes a browser send the token from now on, to this page alone. */
  get cookie(): string {
    return `${this.#cookie}=${this.#token}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /**
   * Whether a request may be answered.
   * @param request The request.
   * @param url Its URL.
   * @returns Whether it has the token, and comes from nowhere else.
   */
  allows(request: IncomingMessage, url: URL): boolean {
    const { host = '', origin, cookie = '' } = request.headers;
    if (!this.#hosts.includes(host.toLowerCase())) return false;
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) return false;
    return this.#isToken(url.searchParams.get('token') ?? this.#cookieOf(cookie));
  }

  #cookieOf(cookies: string): string {
    const pairs = cookies.split(/;\s*/).map((pair) => pair.split('='));
    return pairs.find(([name]) => name === this.#cookie)?.[1] ?? '';
  }

  #isToken(given: string): boolean {
    const [right, bytes] = [Buffer.from(this.#token), Buffer.from(given)];
    return bytes.length === right.length && timingSafeEqual(bytes, right);
  }
}
