import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

import type { Backend, Connection, Server } from '../../src/server.ts';
import * as sys from '../../src/sys.ts';
import { actions } from '../../src/watch/demo/actions.ts';
import { createEchoServer } from '../../src/watch/demo/echo-server.ts';
import { parseHeader, parseLine } from '../../src/trace/parser.ts';
import { Recorder } from '../../src/trace/recorder.ts';
import type { TraceHeader, TraceLine, TurnLine } from '../../src/trace/format.ts';
import { Watching } from '../../src/watch/watching.ts';
import { Client } from './clients.ts';

/** A trace in memory. */
export class Recording {
  readonly texts: string[] = [];
  isFull = false;

  write(text: string): void {
    this.texts.push(text);
  }

  get header(): TraceHeader {
    return parseHeader(this.texts[0]!);
  }

  get lines(): TraceLine[] {
    return parsed(this.texts.slice(1));
  }

  get turns(): TurnLine[] {
    return turnsOf(this.lines);
  }
}

export function parsed(texts: readonly string[]): TraceLine[] {
  return texts.map((text) => parseLine(text)).filter((line) => line !== undefined);
}

export function turnsOf(lines: readonly TraceLine[]): TurnLine[] {
  return lines.filter((line) => line.type === 'turn');
}

/** Records an echo server while a test runs. */
export async function recording(
  backend: Backend,
  options: { timeoutSeconds?: number; turnsPerSecond?: number },
  test: (subject: {
    trace: Recording;
    readonly connections: () => Connection[];
    readonly client: () => Client;
    readonly turns: () => number;
    readonly server: Server;
  }) => Promise<void>,
): Promise<Recording> {
  const { timeoutSeconds = 0.1, turnsPerSecond = 0 } = options;
  const trace = new Recording();
  const recorder = new Recorder({ backend, timeoutSeconds, turnsPerSecond, writers: [trace] });
  const server = createEchoServer(backend, timeoutSeconds, 0, recorder);
  recorder.attach(server);
  const served = server.serveForever();
  try {
    await test({
      trace,
      connections: () => [...server.connections],
      client: () => new Client(server.address()),
      turns: () => server.stats().turns,
      server,
    });
  } finally {
    server.close();
    await served;
    recorder.end();
  }
  return trace;
}

/** An echo server with its page. */
export class Watched {
  readonly url: URL;
  readonly server;
  readonly #watching: Watching;
  readonly #served: Promise<void>;

  private constructor(watching: Watching, server: ReturnType<typeof createEchoServer>) {
    this.#watching = watching;
    this.server = server;
    this.url = new URL(watching.url!);
    this.#served = server.serveForever();
  }

  static async open(backend: Backend, timeoutSeconds = 0.2): Promise<Watched> {
    const watching = new Watching({ backend, timeoutSeconds, port: 0, turnsPerSecond: 0 });
    const server = createEchoServer(backend, timeoutSeconds, 0, watching.recorder);
    await watching.attach(server);
    return new Watched(watching, server);
  }

  client(): Client {
    return new Client(this.server.address());
  }

  /** The URL of something of the page, with the token. */
  at(path: string): URL {
    return new URL(`.${path}`, this.url);
  }

  /** Asks the page for something, with the token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.at(path), init);
  }

  /** Presses a button. */
  async act(action: string): Promise<{ ok: boolean; text?: string; error?: string }> {
    const response = await this.fetch('/act', { method: 'POST', body: JSON.stringify({ action }) });
    return (await response.json()) as { ok: boolean };
  }

  /** Pauses the loop, lets it continue, or lets it make one turn. */
  async control(command: object): Promise<{ status: number; ok: boolean; error?: string }> {
    const response = await this.fetch('/control', { method: 'POST', body: JSON.stringify(command) });
    return { status: response.status, ...((await response.json()) as { ok: boolean }) };
  }

  /** The trace so far. */
  async lines(): Promise<TraceLine[]> {
    const text = await (await this.fetch('/trace.jsonl')).text();
    return parsed(text.trimEnd().split('\n').slice(1));
  }

  async close(): Promise<void> {
    this.server.close();
    await this.#served;
    await this.#watching.close();
  }
}

/** Opens an echo server with its page while a test runs. */
export async function watched(backend: Backend, test: (subject: Watched) => Promise<void>): Promise<void> {
  const subject = await Watched.open(backend);
  try {
    await test(subject);
  } finally {
    await subject.close();
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Presses a button, and returns the turns since then as soon as `isDone` accepts them. */
export async function press(
  subject: Watched,
  action: string,
  isDone: (turns: readonly TurnLine[], lines: readonly TraceLine[]) => boolean,
): Promise<TurnLine[]> {
  const from = (await subject.lines()).length;
  const answer = await subject.act(action);
  assert.deepEqual(answer, { ok: true, text: actions.find(({ name }) => name === action)!.text });
  for (const giveUpMs = performance.now() + 10_000; performance.now() < giveUpMs;) {
    const lines = (await subject.lines()).slice(from);
    if (isDone(turnsOf(lines), lines)) return turnsOf(lines);
    await setTimeout(20);
  }
  throw new Error(`${action}: ${JSON.stringify((await subject.lines()).slice(from)).slice(0, 2000)}`);
}

export const did = ({ did: all }: TurnLine, call: string, fd: number, result: (value: number) => boolean): boolean =>
  all.some(([name, of, value]) => name === call && of === fd && result(value));
export const isReady = ({ ready }: TurnLine, fd: number, event: number): boolean =>
  ready.some(([of, events]) => of === fd && (events & event) !== 0);
export const errno = (code: string) => (value: number) => value === sys.errnoOf(code);
