import { DatagramServer, Server } from '../server/server.ts';
import { actions } from './actions.ts';
import { Director } from './director.ts';
import { LiveTrace } from './live-trace.ts';
import { PageServer, type PageSubject } from './page-server.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import type { Sink } from './sink.ts';
import { StoredTrace } from './stored-trace.ts';
import { readTrace, TraceFile } from './trace-file.ts';

// What a server has a handler for anyway: a handler changes what a signal does.
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const;

/** How a server is watched. */
export interface WatchingOptions extends Omit<RecorderOptions, 'sinks'> {
  /** The port of the page, 0 for any; without it there is none. */
  readonly port?: number | undefined;
  /** The file that the trace is written to, if any. */
  readonly file?: string | undefined;
  /** Called once, where the file cannot be written to any more. */
  readonly failed?: (error: Error) => void;
}

/** A server that is watched: its trace goes to a page, or into a file, or both. */
export class Watching {
  /** Whom the server's handlers have to tell. */
  readonly recorder: Recorder;
  readonly #live: LiveTrace | undefined;
  readonly #file: TraceFile | undefined;
  readonly #port: number;
  #page: PageServer | undefined;
  #director: Director | undefined;

  /**
   * @param options How.
   * @throws {Error} ENOENT, EACCES and kin, where the file cannot be written.
   */
  constructor(options: WatchingOptions) {
    const { port, file, failed = () => undefined } = options;
    this.#port = port ?? 0;
    this.#live = port === undefined ? undefined : new LiveTrace();
    this.#file = file === undefined ? undefined : new TraceFile(file, failed);
    const sinks: (Sink | undefined)[] = [this.#live, this.#file];
    this.recorder = new Recorder({ ...options, sinks: sinks.filter((sink) => sink !== undefined) });
    for (const signal of SIGNALS) process.on(signal, this.#signalled);
  }

  /** Where the page is, with its token; `undefined` where there is none. */
  get url(): string | undefined {
    return this.#page?.url;
  }

  /**
   * Begins with a server, and opens the page.
   * @param server The server, before its first turn.
   * @throws {Error} EADDRINUSE and kin, where the page's port is not free.
   */
  async attach(server: Server | DatagramServer): Promise<void> {
    this.recorder.attach(server);
    if (this.#live === undefined) return;
    const director = server instanceof Server ? new Director(server, this.recorder) : undefined;
    this.#director = director;
    this.#page = await PageServer.open(this.#port, {
      source: this.#live,
      actions: director === undefined ? [] : buttons,
      act: async (action) => (await director?.act(action)) ?? '',
    });
  }

  /** Ends the trace, the page, and the clients of its buttons. A second time does nothing. */
  async close(): Promise<void> {
    for (const signal of SIGNALS) process.off(signal, this.#signalled);
    this.recorder.end();
    this.#live?.close();
    this.#page?.close();
    this.#file?.close();
    await this.#director?.close();
  }

  readonly #signalled = (signal: NodeJS.Signals): void => {
    this.recorder.signalled(signal);
  };
}

const buttons: PageSubject['actions'] = actions.map(({ name, label, look }) => ({ name, label, look }));

/**
 * Opens the page on a recorded trace.
 * @param path The file.
 * @param port The port of the page; 0 for any.
 * @returns The page.
 * @throws {TraceError} Where the file is no trace.
 * @throws {Error} ENOENT and kin; EADDRINUSE and kin.
 */
export async function watchFile(path: string, port: number): Promise<PageServer> {
  await (await readTrace(path)).lines.return();
  return PageServer.open(port, {
    source: new StoredTrace(path),
    actions: [],
    act: () => Promise.reject(new Error('nothing happens in a recorded trace')),
  });
}
