import { setTimeout } from 'node:timers/promises';

import { ANSWER_MS, Client } from './client.ts';
import type { Activity, Program } from './program.ts';

const PERIOD_MS = 500;
const PERIODS = 3;
const SETTLING_MS = 100;
const MAX_SETTLING_CHECKS = 20;

/** The learner's program and its clients, for the steps of a check. */
export class Trial {
  readonly program: Program;
  readonly port: number;
  /** For the report: what the last client has sent, expected and received. */
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

  /** Sends bytes, and returns whether exactly `wanted` comes back. */
  async answers(client: Client, sent: string | Uint8Array, wanted: string): Promise<boolean> {
    client.send(sent);
    const right = await client.receives(wanted);
    const sentText = quote(Buffer.from(sent));
    this.detail = right
      ? ''
      : `The client sent ${sentText}, expected ${quote(wanted)} and received ${receivedBy(client)}.`;
    return right;
  }

  /** Does the same as `answers` with a new client, and closes it afterwards. */
  async answersNewClient(sent: string, wanted: string): Promise<boolean> {
    const client = await this.client();
    const right = await this.answers(client, sent, wanted);
    client.close();
    return right;
  }

  /** Observes the program while no client does anything: up to three periods, until one of them is calm. */
  async activityWhenIdle(): Promise<Activity & { isCalm: boolean }> {
    const periods: Activity[] = [];
    do periods.push(await this.program.activity(PERIOD_MS));
    while (!periods.some(isCalm) && periods.length < PERIODS);
    const last = periods.at(-1)!;
    const percent = Math.round(Math.min(1, last.busy) * 100);
    const sleeps = Math.round(last.sleepsPerSecond);
    const calm = isCalm(last);
    this.detail = calm
      ? ''
      : `With nothing to do, the program was busy for ${percent} % of the time, and went to sleep ${sleeps} times a second.`;
    return { ...last, isCalm: calm };
  }

  /** Returns whether the program sleeps while nothing happens. */
  async isCalm(): Promise<boolean> {
    return (await this.activityWhenIdle()).isCalm;
  }

  /** Returns whether the program closes the sockets of clients that connect, do `visit` and close. */
  async closesSockets(visit: (client: Client) => Promise<unknown>, visits = 20): Promise<boolean> {
    const before = await this.#settledSockets();
    for (let i = 0; i < visits; i++) await this.#visit(visit);
    const right = await this.program.until(() => this.program.sockets() <= before, ANSWER_MS);
    const open = this.program.sockets() - before;
    this.detail = right
      ? ''
      : `After ${visits} clients had connected and closed, ${open} more sockets were open than before.`;
    return right;
  }

  // The program may still be closing the sockets of earlier steps: wait until their number does not change.
  async #settledSockets(): Promise<number> {
    for (let count = -1, i = 0; ; i++) {
      const before = count;
      count = this.program.sockets();
      if (count === before || i === MAX_SETTLING_CHECKS) return count;
      await setTimeout(SETTLING_MS);
    }
  }

  async #visit(visit: (client: Client) => Promise<unknown>): Promise<void> {
    const client = await this.client();
    await visit(client);
    client.close();
  }

  /** Closes the clients of a step. */
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

function receivedBy(client: Client): string {
  const { pending, ended } = client;
  const bytes = pending.length === 0 ? 'nothing' : quote(pending);
  if (ended === undefined) return bytes;
  return `${bytes}, and then the connection was ${ended === 'eof' ? 'closed' : `lost (${ended})`}`;
}

/** A text in quotation marks on one line; a long text is cut. */
export function quote(text: string | Buffer): string {
  const MAX_CHARACTERS = 40;
  const whole = text.toString();
  return JSON.stringify(whole.length > MAX_CHARACTERS ? `${whole.slice(0, MAX_CHARACTERS)}…` : whole);
}
