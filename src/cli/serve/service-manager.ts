// What the server tells systemd about its state. sd_notify(3) describes the messages, sd_watchdog_enabled(3) the watchdog.
import { Socket } from '../../socket/socket.ts';
import { AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, SOCK_NONBLOCK } from '../../system/constants/socket.ts';
import { BlockingIOError, OSError } from '../../system/errors.ts';
import { atMostEvery, type Log } from './log.ts';

export type ServiceState = 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1';

export type ServiceVariables = Readonly<
  Partial<Record<'NOTIFY_SOCKET' | 'WATCHDOG_USEC' | 'WATCHDOG_PID', string | undefined>>
>;

const RETRY_MS = 1000;
const LOG_INTERVAL_MS = 10_000;
// These errors pass: the queue of the service manager is full, or the process or the kernel is short of something.
const TEMPORARY_ERRORS: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM', 'EMFILE', 'ENFILE']);

/**
 * Tells the service manager the states of the service, if a service manager started this process. The socket never waits: while
 * the service manager reads nothing, READY=1 and STOPPING=1 are sent again each second, and each WATCHDOG=1 is lost.
 */
export class ServiceManager {
  readonly #variables: ServiceVariables;
  readonly #address: Buffer | undefined;
  readonly #logFailure: (sentence: string) => void;
  readonly #unsent = new Set<ServiceState>();
  // One socket for all messages: a server that is out of fds must still be able to tell that it is alive.
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(log: Log, variables: ServiceVariables = process.env) {
    const { NOTIFY_SOCKET: path } = variables;
    this.#variables = variables;
    // A path that begins with @ is an abstract name; its first byte is 0.
    this.#address = path?.match(/^[/@]/) ? Buffer.from(path.replace(/^@/, '\0')) : undefined;
    this.#logFailure = atMostEvery(LOG_INTERVAL_MS, (dropped, sentence: string) => {
      log('warn', 'systemd', `NOTIFY_SOCKET: ${sentence}`, { dropped });
    });
  }

  notify(state: ServiceState): void {
    if (this.#address === undefined) return;
    this.#unsent.add(state);
    this.#send(this.#address);
  }

  /** Tells the service manager regularly that the server is alive, if it wants to know. */
  startWatchdog(isAlive: () => boolean): void {
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#variables;
    if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== process.pid) return;
    const timeoutMs = Number(WATCHDOG_USEC) / 1e3;
    if (!(timeoutMs > 0)) return;
    // The manual page advises half the time.
    this.#watchdog = setInterval(() => {
      if (isAlive()) this.notify('WATCHDOG=1');
    }, timeoutMs / 2);
  }

  close(): void {
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #send(address: Buffer): void {
    try {
      this.#socket ??= new Socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
      this.#socket.sendto(Buffer.from([...this.#unsent].join('\n')), MSG_DONTWAIT, address);
      this.#unsent.clear();
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      // The next ping comes soon. Sent later, this one would be wrong if the loop has stopped meanwhile.
      this.#unsent.delete('WATCHDOG=1');
      if (TEMPORARY_ERRORS.has(error.code)) this.#sendLater(address);
      else this.#unsent.clear();
      const isFull = error instanceof BlockingIOError;
      this.#logFailure(isFull ? 'the service manager does not read its messages' : error.message);
    }
  }

  #sendLater(address: Buffer): void {
    if (this.#unsent.size === 0) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      if (this.#unsent.size > 0) this.#send(address);
    }, RETRY_MS).unref();
  }
}
