import { DatagramServer } from '../server/datagram-server.ts';
import { Server } from '../server/server.ts';
import { actions } from './demo/actions.ts';
import { Director } from './demo/action-runner.ts';
import { LiveTrace } from './live-trace.ts';
import { PageServer, type PageSubject } from './page-server.ts';
import { Recorder, type RecorderOptions } from '../trace/recorder.ts';
import type { Sink } from '../trace/sink.ts';
import { StoredTrace } from '../trace/stored-trace.ts';
import { readTrace, TraceFile } from '../trace/trace-file.ts';

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
  readonly #options: WatchingOptions;
  readonly #live: LiveTrace | undefined;
  // The recorder has the list itself: the file is one of them once the server listens.
  readonly #sinks: Sink[] = [];
  #file: TraceFile | undefined;
  #page: PageServer | undefined;
  #director: Director | undefined;

  /** @param options How. */
  constructor(options: WatchingOptions) {
    this.#options = options;
    this.#live = options.port === undefined ? undefined : new LiveTrace();
    if (this.#live !== undefined) this.#sinks.push(this.#live);
    this.recorder = new Recorder({ ...options, sinks: this.#sinks });
    for (const signal of SIGNALS) process.on(signal, this.#signalled);
  }

  /** Where the page is, with its token; `undefined` where there is none. */
  get url(): string | undefined {
    return this.#page?.url;
  }

  /**
   * Begins with a server, and opens the file and the page. Before that the file is left alone: a server that is started a
   * second time, and finds its port taken, must not empty what the first one writes.
   * @param server The server, which listens, before its first turn.
   * @throws {Error} ENOENT, EACCES and kin, where the file cannot be written; EADDRINUSE and kin, where the page's port is
   *   not free.
   */
  async attach(server: Server | DatagramServer): Promise<void> {
    const { file, failed = () => undefined, port = 0 } = this.#options;
    this.recorder.attach(server);
    if (file !== undefined) {
      this.#file = new TraceFile(file, failed);
      this.#sinks.push(this.#file);
    }
    if (this.#live === undefined) return;
    const director = server instanceof Server ? new Director(server, this.recorder) : undefined;
    this.#director = director;
    this.#page = await PageServer.open(port, {
      source: this.#live,
      actions: director === undefined ? [] : buttons,
      act: async (action) => (await director?.act(action)) ?? { text: '' },
      server,
    });
  }

  /** Ends the trace, the page, and the clients of its buttons. A second time does nothing. */
  async close(): Promise<void> {
    try {
      this.recorder.end();
      this.#live?.close();
      this.#file?.close();
      await Promise.all([this.#page?.close(), this.#director?.close()]);
    } finally {
      // Without a handler, a signal would end the process before the clients have put back what they changed.
      for (const signal of SIGNALS) process.off(signal, this.#signalled);
    }
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
