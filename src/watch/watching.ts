import { DatagramServer } from '../server/datagram-server.ts';
import { Server } from '../server/server.ts';
import { ActionRunner } from './demo/action-runner.ts';
import { actions } from './demo/actions.ts';
import { LiveTrace } from './live-trace.ts';
import { PageServer, type PageSubject } from './page-server.ts';
import { Recorder, type RecorderOptions } from '../trace/recorder.ts';
import { StoredTrace } from '../trace/stored-trace.ts';
import { readTrace, TraceFile, type TraceWriter } from '../trace/trace-file.ts';

/** Only signals that the program handles anyway: adding a handler changes what a signal does. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGUSR2'] as const;

export interface WatchingOptions extends Omit<RecorderOptions, 'writers'> {
  /** The port of the page; 0 for any port, `undefined` for no page. */
  readonly port?: number | undefined;
  /** The file for the trace, if there is to be one. */
  readonly file?: string | undefined;
  /** Called once, when the file cannot be written any more. */
  readonly failed?: (error: Error) => void;
}

/** Watches a server: its trace goes to a page, to a file, or to both. */
export class Watching {
  /** The server's handlers have to call its `opened` and `closed`. */
  readonly recorder: Recorder;
  readonly #options: WatchingOptions;
  readonly #live: LiveTrace | undefined;
  /** The recorder uses this very list, so `attach` can add the file to it. */
  readonly #writers: TraceWriter[] = [];
  #file: TraceFile | undefined;
  #page: PageServer | undefined;
  #runner: ActionRunner | undefined;

  constructor(options: WatchingOptions) {
    this.#options = options;
    this.#live = options.port === undefined ? undefined : new LiveTrace();
    if (this.#live !== undefined) this.#writers.push(this.#live);
    this.recorder = new Recorder({ ...options, writers: this.#writers });
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** The URL of the page, with its token; `undefined` when there is no page. */
  get url(): string | undefined {
    return this.#page?.url;
  }

  /**
   * Opens the file and the page. The server must be listening and must not have made a turn. Nothing opens the file before: a
   * server that is started a second time finds its port in use, and must not empty the file of the first one.
   */
  async attach(server: Server | DatagramServer): Promise<void> {
    const { file, failed = () => undefined, port = 0 } = this.#options;
    this.recorder.attach(server);
    if (file !== undefined) {
      this.#file = new TraceFile(file, failed);
      this.#writers.push(this.#file);
      await this.#file.opened();
    }
    if (this.#live === undefined) return;
    const runner = server instanceof Server ? new ActionRunner(server, this.recorder) : undefined;
    this.#runner = runner;
    this.#page = await PageServer.open(port, {
      source: this.#live,
      actions: runner === undefined ? [] : buttons,
      act: async (action) => (await runner?.act(action)) ?? { text: '' },
      server,
    });
  }

  /** Ends the trace, the page, and the clients of its buttons. */
  async close(): Promise<void> {
    try {
      this.recorder.end();
      this.#live?.close();
      await Promise.all([this.#file?.close(), this.#page?.close(), this.#runner?.close()]);
    } finally {
      // Last: without a handler, a signal would end the process before the clients have restored what they changed.
      for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    }
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.recorder.signalled(signal);
  };
}

const buttons: PageSubject['actions'] = actions.map(({ name, label, look }) => ({ name, label, look }));

/** Opens the page for a recorded trace. With port 0 the kernel chooses a port. */
export async function watchFile(path: string, port: number): Promise<PageServer> {
  // Checks the header now: this throws when the file is not a trace.
  await (await readTrace(path)).lines.return();
  return PageServer.open(port, {
    source: new StoredTrace(path),
    actions: [],
    act: () => Promise.reject(new Error('nothing happens in a recorded trace')),
  });
}
