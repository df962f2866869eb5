import { setTimeout } from 'node:timers/promises';

import { ANSWER_MS, Client } from './client.ts';
import type { Activity, Program } from './program.ts';

const WINDOW_MS = 500;
const WINDOWS = 3;
const SETTLED_MS = 100;
const SETTLING_WINDOWS = 20;

/** What a check's steps work with: the learner's program, and clients for it. */
export class Trial {
  readonly program: Program;
  readonly port: number;
  /** What was sent, expected and seen last, for the report. */
  detail = '';
  readonly #clients: Client[] = [];

  constructor(program: Program, port: number) {
    this.program = program;
    this.port = port;
  }

  async client(): Promise<Client> {
    const client = await Client.connect(this.port);
    this.#clients.push(client);
    return client;
  }

  /** Whether `wanted`, and nothing else, comes back after this was sent. */
  async answers(client: Client, sent: string | Uint8Array, wanted: string): Promise<boolean> {
    client.send(sent);
    const right = await client.gets(wanted);
    const sentText = quote(Buffer.from(sent));
    this.detail = right ? '' : `The client sent ${sentText}, expected ${quote(wanted)} and got ${seenBy(client)}.`;
    return right;
  }

  /** As `answers`, on a connection of its own that is closed afterwards. */
  async answersNew(sent: string, wanted: string): Promise<boolean> {
    const client = await this.client();
    const right = await this.answers(client, sent, wanted);
    client.close();
    return right;
  }

  /** What the program does while no client does anything: the calmest of three windows, as machines have bad moments. */
  async idling(): Promise<Activity & { isCalm: boolean }> {
    const windows: Activity[] = [];
    do windows.push(await this.program.activity(WINDOW_MS));
    while (!windows.some(isCalm) && windows.length < WINDOWS);
    const last = windows.at(-1)!;
    const percent = Math.round(Math.min(1, last.busy) * 100);
    const sleeps = Math.round(last.sleepsPerSecond);
    const calm = isCalm(last);
    this.detail = calm
      ? ''
      : `With nothing to do it was at work ${percent} % of the time, and slept ${sleeps} times a second.`;
    return { ...last, isCalm: calm };
  }

  /** Whether it sleeps while nothing happens. */
  async isCalm(): Promise<boolean> {
    return (await this.idling()).isCalm;
  }

  /** Whether so many more clients can come and go without a socket staying behind. */
  async freesSockets(visit: (client: Client) => Promise<unknown>, visits = 20): Promise<boolean> {
    const before = await this.#settledSockets();
    for (let i = 0; i < visits; i++) await this.#visit(visit);
    const right = await this.program.until(() => this.program.sockets() <= before, ANSWER_MS);
    const left = this.program.sockets() - before;
    this.detail = right ? '' : `After ${visits} clients had come and gone, ${left} more sockets were open than before.`;
    return right;
  }

  // Clients of earlier steps may still be on their way out.
  async #settledSockets(): Promise<number> {
    for (let count = -1, i = 0; ; i++) {
      const before = count;
      count = this.program.sockets();
      if (count === before || i === SETTLING_WINDOWS) return count;
      await setTimeout(SETTLED_MS);
    }
  }

  async #visit(visit: (client: Client) => Promise<unknown>): Promise<void> {
    const client = await this.client();
    await visit(client);
    client.close();
  }

  /** Closes the clients that a step has left. */
  clear(): void {
    for (const client of this.#clients.splice(0)) client.close();
    this.detail = '';
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

function isCalm({ busy, sleepsPerSecond }: Activity): boolean {
  return busy < 0.5 && sleepsPerSecond < 80;
}

function seenBy(client: Client): string {
  const { pending, ended } = client;
  const what = pending.length === 0 ? 'nothing' : quote(pending);
  if (ended === undefined) return what;
  return `${what}, and then the connection was ${ended === 'eof' ? 'closed' : `lost (${ended})`}`;
}

/** A text in quotation marks on one line, cut where it is long. */
export function quote(text: string | Buffer): string {
  const LONGEST = 40;
  const whole = text.toString();
  return JSON.stringify(whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole);
}
